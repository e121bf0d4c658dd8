using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace DnaBart.Silo.Http;

/// <summary>Lets requests pass that carry the token, <c>Authorization: Bearer TOKEN</c> (RFC 6750).</summary>
internal sealed class TokenFilter(string token) : IEndpointFilter
{
    // Compared as hashes of one length, so that the time says nothing of the token.
    private readonly byte[] expected = Hash($"Bearer {token}");

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var given = context.HttpContext.Request.Headers.Authorization.ToString();
        if (CryptographicOperations.FixedTimeEquals(Hash(given), expected))
            return next(context);
        context.HttpContext.Response.Headers.WWWAuthenticate = "Bearer";
        return ValueTask.FromResult<object?>(Results.Problem(
            "administration needs the header Authorization: Bearer TOKEN", statusCode: StatusCodes.Status401Unauthorized));
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
