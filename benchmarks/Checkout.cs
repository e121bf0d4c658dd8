namespace DnaBart.Benchmarks;

/// <summary>Where this checkout lies: BenchmarkDotNet runs its children in folders of its own.</summary>
internal static class Checkout
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "DnaBart.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("DnaBart.sln is not above the benchmark's folder");
    }
}
