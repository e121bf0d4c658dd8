using Microsoft.AspNetCore.Http;

namespace DnaBart.Silo.Http;

/// <summary>What a path of the open inference protocol is about: <c>/v2/models/NAME[/versions/VERSION][/ready|/infer]</c>. Names hold
/// slashes (<c>tf/0</c>), plain or, as generated clients send them, as <c>%2F</c>.</summary>
/// <param name="Version">Null for the current one.</param>
/// <param name="Action">Null for the model itself.</param>
internal sealed record ModelPath(string Name, string? Version, string? Action)
{
    /// <summary>What comes before.</summary>
    private const string Prefix = "/v2/models/";

    public static ModelPath Of(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var parts = NameIn(path[Math.Min(Prefix.Length, path.Length)..]).TrimEnd('/').Split('/');
        var action = parts is [_, .., "infer" or "ready"] ? parts[^1] : null;
        if (action is not null)
            parts = parts[..^1];
        return parts is [_, .., "versions", var version]
            ? new ModelPath(string.Join('/', parts[..^2]), version, action)
            : new ModelPath(string.Join('/', parts), null, action);
    }

    /// <summary>A model's name as it stands in a path, where the web server decodes everything but slashes.</summary>
    public static string NameIn(string path) => path.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
