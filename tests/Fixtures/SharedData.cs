namespace DnaBart.Fixtures;

/// <summary>Finds test inputs: small samples committed under <c>tests/data</c>, and the larger sets of the optional folder
/// <c>shared</c> beside the checkout (or wherever <c>DNABART_SHARED</c> points).</summary>
internal static class SharedData
{
    /// <summary>The root of this checkout, found by its solution file.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file committed under <c>tests/data</c>.</summary>
    public static string Sample(string relativePath) => Path.Combine(Root, "tests", "data", relativePath);

    /// <summary>A file of the shared folder; the calling test is skipped, by name, where it is absent.</summary>
    public static string Require(string relativePath)
    {
        var shared = Environment.GetEnvironmentVariable("DNABART_SHARED") ?? Path.Combine(Root, "..", "shared");
        var path = Path.GetFullPath(Path.Combine(shared, relativePath));
        Skip.IfNot(File.Exists(path) || Directory.Exists(path), $"needs shared/{relativePath} (set DNABART_SHARED to its folder)");
        return path;
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "DnaBart.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new DirectoryNotFoundException("DnaBart.sln is not above the test binaries");
    }
}
