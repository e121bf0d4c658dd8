namespace DnaBart.Silo.Tests;

/// <summary>A program of the system.</summary>
internal static class InstalledProgram
{
    /// <summary>Its path; the calling test is skipped, by name, where it is not installed.</summary>
    public static string Require(string name, string package)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Skip.If(path is null, $"needs {name} (Debian's package {package})");
        return path!;
    }
}
