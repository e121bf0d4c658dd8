namespace DnaBart.IO;

/// <summary>Keeps a command from writing over what it reads. Call it before any output is opened.</summary>
public static class OutputGuard
{
    private const int MostLinks = 40;

    private static readonly StringComparison PathComparison =
        OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>Checks that no output is an input, nor given twice, also when it is reached through links or other spellings
    /// of its path. <c>-</c> may be both input and output.</summary>
    /// <exception cref="InputException">Two paths lead to the same file.</exception>
    public static void Check(IReadOnlyCollection<string> inputs, IReadOnlyCollection<string> outputs)
    {
        var earlierOutputs = new List<string>();
        foreach (var output in outputs.Where(path => path != "-"))
        {
            if (inputs.FirstOrDefault(input => input != "-" && AreSame(input, output)) is { } input)
                throw new InputException($"{output}: is also an input ({input}); choose another output path");
            if (earlierOutputs.Find(earlier => AreSame(earlier, output)) is { } earlier)
                throw new InputException($"{output}: is given for two outputs ({earlier}); choose another path for one of them");
            earlierOutputs.Add(output);
        }
    }

    /// <summary>Whether two paths lead to the same file, existing or not.</summary>
    public static bool AreSame(string path1, string path2) => string.Equals(Resolve(path1, 0), Resolve(path2, 0), PathComparison);

    /// <summary>The absolute path without symbolic links, those of its folders included.</summary>
    private static string Resolve(string path, int links)
    {
        if (links > MostLinks)
            throw new InputException($"{path}: too many symbolic links; do they form a loop?");
        var full = Path.GetFullPath(path);
        if (Path.GetDirectoryName(full) is not { } folder)
            return full;
        folder = Resolve(folder, links);
        var resolved = Path.Combine(folder, Path.GetFileName(full));
        return new FileInfo(resolved).LinkTarget is { } target ? Resolve(Path.Combine(folder, target), links + 1) : resolved;
    }
}
