using DnaBart.Fixtures;
using YamlDotNet.RepresentationModel;

namespace DnaBart.Silo.Tests.Kubernetes;

/// <summary>An object of Kubernetes as it stands in a file of <c>k8s/</c>.</summary>
/// <param name="File">Relative to <c>k8s/</c>.</param>
internal sealed record Manifest(string File, YamlNode Root)
{
    public static string Folder { get; } = Path.Combine(SharedData.Root, "k8s");

    public string Kind => Root.Text("kind");

    public string Name => Root.Text("metadata", "name");

    /// <summary>The pods that it makes; null for one that makes none.</summary>
    public YamlNode? PodTemplate => Kind is "Deployment" or "StatefulSet" or "Job" ? Root.At("spec", "template") : null;

    public override string ToString() => $"{File}: {Kind} {Name}";

    /// <summary>All objects, but kustomize's own.</summary>
    public static IReadOnlyList<Manifest> ReadAll() => [.. Directory.EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories)
        .Where(path => Path.GetFileName(path) != "kustomization.yaml")
        .SelectMany(path => Read(path).Select(root => new Manifest(Path.GetRelativePath(Folder, path), root)))];

    public static IEnumerable<YamlNode> Read(string path) => Parse(System.IO.File.ReadAllText(path));

    public static IEnumerable<YamlNode> Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => document.RootNode)];
    }
}

/// <summary>Finds its way in YAML.</summary>
internal static class YamlPaths
{
    /// <summary>What lies under these keys; null where there is nothing.</summary>
    public static YamlNode? At(this YamlNode node, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (node is not YamlMappingNode map || !map.Children.TryGetValue(key, out var child))
                return null;
            node = child;
        }
        return node;
    }

    /// <summary>The text under these keys.</summary>
    public static string Text(this YamlNode node, params ReadOnlySpan<string> keys) =>
        (node.At(keys) as YamlScalarNode)?.Value ?? throw new KeyNotFoundException($"nothing at {string.Join('/', keys)} of {node}");

    public static IEnumerable<YamlNode> Items(this YamlNode? node) => node is YamlSequenceNode list ? list.Children : [];

    public static Dictionary<string, string> Map(this YamlNode? node) => node is YamlMappingNode map
        ? map.Children.ToDictionary(child => ((YamlScalarNode)child.Key).Value!, child => (child.Value as YamlScalarNode)?.Value ?? "")
        : [];
}
