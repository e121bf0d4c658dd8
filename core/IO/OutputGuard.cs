namespace DnaBart.IO;

/// <summary>Keeps a command from writing over what it reads, and from finding out after its work that it cannot write. Call it before any output is opened.</summary>
public static class OutputGuard
{
    /// <summary>Checks that each output can be a file, and that none is an input, nor given twice, also when it is reached through links or other spellings
    /// of its path. <c>-</c> may be both input and one of the outputs, and devices and pipes are written as they are.</summary>
    /// <param name="outputs">What may go to standard output.</param>
    /// <param name="files">Further outputs, which may not; null where one was not asked for.</param>
    /// <exception cref="InputException">An output is a folder or lies in none, two paths lead to the same file, or two outputs or a file to standard output.</exception>
    public static void Check(IReadOnlyCollection<string> inputs, IReadOnlyCollection<string> outputs, params string?[] files)
    {
        if (files.Contains("-"))
            throw new InputException("-: is given for an output that is no stream but a file; give a path (./- if that is its name)");
        if (outputs.Count(path => path == "-") > 1)
            throw new InputException("-: is given for two outputs; standard output can be one of them, give a path for the other");
        var earlierOutputs = new List<string>();
        foreach (var output in outputs.Concat(files.OfType<string>()).Where(path => path != "-" && !Paths.IsSpecial(path)))
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
