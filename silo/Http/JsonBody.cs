using System.Text.Json;
using DnaBart.IO;
using DnaBart.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace DnaBart.Silo.Http;

/// <summary>A body of JSON, whatever content type the caller gave it. It takes <see cref="BodyRoom"/> until it is disposed of: where it says how long it
/// is, before anything of it is read, so that of many that come at once some are answered; otherwise as it comes.</summary>
internal sealed class JsonBody : ReadOnlyStream
{
    /// <summary>Bytes of a body: what the web server takes.</summary>
    public const long Longest = 16 << 20;

    private readonly HttpRequest request;
    private readonly BodyRoom room;
    private long read, taken;

    /// <exception cref="ServingException">There is no room for it now.</exception>
    public JsonBody(HttpRequest request)
    {
        (this.request, room) = (request, request.HttpContext.RequestServices.GetRequiredService<BodyRoom>());
        Take(Math.Min(request.ContentLength ?? 0, Longest));
    }

    /// <summary>Reads the body.</summary>
    /// <param name="expected">What it must be, for the message.</param>
    /// <exception cref="BadHttpRequestException">It is something else.</exception>
    /// <exception cref="ServingException">There is no room for the rest of it now.</exception>
    public async Task<T> ReadAsync<T>(JsonSerializerOptions options, string expected)
        where T : class
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(this, options, request.HttpContext.RequestAborted)
                ?? throw new BadHttpRequestException($"{expected}, found null");
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException($"{expected}: {e.Message}", e);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await request.Body.ReadAsync(buffer, cancellationToken);
        read += count;
        if (read > taken)
            Take(read - taken);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        room.Give(taken);
        taken = 0;
        base.Dispose(disposing);
    }

    private void Take(long bytes)
    {
        room.Take(bytes);
        taken += bytes;
    }
}
