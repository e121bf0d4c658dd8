using System.Net;
using System.Text.Json;
using DnaBart.IO;

namespace DnaBart.Client.Remote;

/// <summary>What the clients of a server's HTTP API have in common.</summary>
internal static class RemoteServer
{
    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(10);

    /// <summary>A client of a server.</summary>
    /// <param name="server">Such as <c>http://127.0.0.1:8080</c>.</param>
    /// <param name="longestAnswer">How long an answer may take, or its beginning where it is read as it comes.</param>
    /// <exception cref="InputException">That is no address of a server.</exception>
    public static HttpClient Client(string server, TimeSpan longestAnswer)
    {
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new InputException($"--server {server}: the address of a server expected, such as http://127.0.0.1:8080");
        return new HttpClient(new SocketsHttpHandler { ConnectTimeout = LongestConnect })
        {
            BaseAddress = new Uri($"{server.TrimEnd('/')}/"),
            Timeout = longestAnswer,
        };
    }

    /// <summary>Nobody there from the start is more likely a wrong address than a server that restarts.</summary>
    public static InputException NoAnswer(string server, HttpRequestException error) =>
        new($"{server}: no answer ({error.Message}); is a server running there?", error);

    /// <summary>Whether a status is of a server that restarts, or that a proxy does not reach just now.</summary>
    public static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>What the server says of an error: the detail of a problem (RFC 9457), or its status.</summary>
    public static string Detail(HttpResponseMessage response)
    {
        var status = $"status {(int)response.StatusCode} {response.ReasonPhrase}";
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return status;
        try
        {
            using var problem = JsonDocument.Parse(response.Content.ReadAsStream());
            return problem.RootElement.TryGetProperty("detail", out var detail) ? $"{detail}" : status;
        }
        catch (JsonException)
        {
            return status;
        }
    }
}
