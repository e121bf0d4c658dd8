namespace DnaBart.IO;

/// <summary>Keeps a command from writing over what it reads, and from finding out after its work that it cannot write. Call it before any output is opened.</summary>
public static class OutputGuard
{
    /// <summary>Checks that each output can be a file, and that none is an input, nor given twice, also when it is reached through links or other spellings
    /// of its path. <c>-</c> may be both input and output, and devices and pipes are written as they are.</summary>
    /// <exception cref="InputException">An output is a folder or lies in none, or two paths lead to the same file.</exception>
    public static void Check(IReadOnlyCollection<string> inputs, IReadOnlyCollection<string> outputs)
    {
        var earlierOutputs = new List<string>();
        foreach (var output in outputs.Where(path => path != "-" && !Paths.IsSpecial(path)))
        {
            if (Directory.Exists(output))
                throw new InputException($"{output}: is a folder; name a file in it");
            if (Path.GetDirectoryName(Path.GetFullPath(output)) is { } folder && !Directory.Exists(folder))
                throw new InputException($"{output}: there is no folder {folder}; make it, or choose another output path");
            if (inputs.FirstOrDefault(input => input != "-" && Paths.AreSame(input, output)) is { } input)
                throw new InputException($"{output}: is also an input ({input}); choose another output path");
            if (earlierOutputs.Find(earlier => Paths.AreSame(earlier, output)) is { } earlier)
                throw new InputException($"{output}: is given for two outputs ({earlier}); choose another path for one of them");
            earlierOutputs.Add(output);
        }
    }
}
