using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace DnaBart.Silo.Http;

/// <summary>What requests to administrators' endpoints pass before anything of them is read: they must come in at the administration's
/// address and carry the token, <c>Authorization: Bearer TOKEN</c> (RFC 6750).</summary>
/// <param name="address">Where administration listens; asked for once the server listens.</param>
internal sealed class AdministrationGate(string token, Func<Uri> address)
{
    private const string Scheme = "Bearer";

    /// <summary>Marks the endpoints.</summary>
    private sealed class ForAdministrators;

    // Compared as hashes of one length, so that the time says nothing of the token.
    private readonly byte[] expected = Hash(token);

    /// <summary>Lets administrators alone use endpoints.</summary>
    public static void Protect(IEndpointConventionBuilder endpoints) => endpoints.WithMetadata(new ForAdministrators());

    /// <summary>To be run between routing and the endpoints.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<ForAdministrators>() is null)
            return next(context);
        // By where a connection came in: a request can claim any host.
        if (!IsAt(address(), context.Connection.LocalIpAddress!, context.Connection.LocalPort))
            return Refuse(context, StatusCodes.Status404NotFound, "this address administers nothing; use that of --admin-url");
        if (HasToken(context.Request.Headers.Authorization.ToString()))
            return next(context);
        context.Response.Headers.WWWAuthenticate = Scheme;
        return Refuse(context, StatusCodes.Status401Unauthorized, "administration needs the header Authorization: Bearer TOKEN");
    }

    /// <summary>Whether what listens at an address takes the connections to an end point.</summary>
    /// <param name="listening">As the web server tells it: an IP address, any of a family (<c>0.0.0.0</c>, or <c>[::]</c>, which takes IPv4
    /// too), or <c>localhost</c>.</param>
    internal static bool IsAt(Uri listening, IPAddress local, int port)
    {
        // A socket for both families shows IPv4 addresses as ::ffff:a.b.c.d.
        var address = local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local;
        if (port != listening.Port)
            return false;
        if (!IPAddress.TryParse(listening.DnsSafeHost, out var host))
            return address.Equals(IPAddress.Loopback) || address.Equals(IPAddress.IPv6Loopback);
        return host.Equals(IPAddress.IPv6Any) || (host.Equals(IPAddress.Any) ? address.AddressFamily == AddressFamily.InterNetwork : host.Equals(address));
    }

    private bool HasToken(string authorization) =>
        authorization.StartsWith(Scheme + " ", StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Hash(authorization[Scheme.Length..].TrimStart(' ')), expected);

    private static Task Refuse(HttpContext context, int status, string detail) => Results.Problem(detail, statusCode: status).ExecuteAsync(context);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
