using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace DnaBart.Silo.Http;

/// <summary>Bodies of JSON, whatever content type the caller gave them.</summary>
internal static class JsonBody
{
    /// <summary>Reads a body.</summary>
    /// <param name="expected">What it must be, for the message.</param>
    /// <exception cref="BadHttpRequestException">It is something else.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request, JsonSerializerOptions options, string expected)
        where T : class
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(request.Body, options, request.HttpContext.RequestAborted)
                ?? throw new BadHttpRequestException($"{expected}, found null");
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException($"{expected}: {e.Message}", e);
        }
    }
}
