using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using DnaBart.IO;

namespace DnaBart.Gue;

/// <summary>What the check found of one file.</summary>
public enum GueFileState
{
    /// <summary>Byte for byte the published file, line ends aside.</summary>
    Published,

    /// <summary>A readable file whose content is not the published one.</summary>
    Different,

    Missing,

    /// <summary>Malformed, or not readable.</summary>
    Broken,
}

/// <summary>The finding for one file: its state, the rows read (0 if none) and, where the state is not
/// <see cref="GueFileState.Published"/>, what is wrong.</summary>
public sealed record GueFileFinding(GueSplit Split, GueFileState State, int Rows, string? Problem);

/// <summary>The finding for one dataset; <see cref="Duplicates"/> covers the splits that could be read.</summary>
public sealed record GueFinding(GueDataset Dataset, ImmutableArray<GueFileFinding> Files, GueDuplicates Duplicates);

/// <summary>Compares a folder with the published benchmark.</summary>
public static class GueCheck
{
    /// <summary>Checks the three files of one dataset.</summary>
    public static GueFinding Run(GueFolder folder, GueDataset dataset)
    {
        var findings = ImmutableArray.CreateBuilder<GueFileFinding>();
        var splits = new Dictionary<GueSplit, List<GueExample>>();
        foreach (var split in Enum.GetValues<GueSplit>())
            findings.Add(CheckFile(folder, dataset, split, splits));
        return new GueFinding(dataset, findings.ToImmutable(), GueDuplicates.Count(splits));
    }

    /// <summary>The id git gives to a file of this content: SHA-1 of <c>blob SIZE\0CONTENT</c>.</summary>
    public static string GitBlobId(ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {content.Length}\0"));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static GueFileFinding CheckFile(
        GueFolder folder, GueDataset dataset, GueSplit split, Dictionary<GueSplit, List<GueExample>> splits)
    {
        var published = dataset.Files[split];
        if (folder.Find(dataset, split) is not { } path)
            return new GueFileFinding(split, GueFileState.Missing, 0, "not there");
        try
        {
            var content = GueCsv.ReadContent(path);
            var examples = GueCsv.Read(new MemoryStream(content), path, dataset.Classes);
            splits[split] = examples;
            if (IsPublished(content, published))
                return new GueFileFinding(split, GueFileState.Published, examples.Count, null);
            var problem = examples.Count == published.Rows
                ? "the published number of rows, but another content"
                : $"{examples.Count:N0} rows, published {published.Rows:N0}";
            return new GueFileFinding(split, GueFileState.Different, examples.Count, problem);
        }
        catch (InputException e)
        {
            return new GueFileFinding(split, GueFileState.Broken, 0, e.Message);
        }
    }

    /// <summary>Copies of GUE differ in their line ends only: a file counts as published in either form.</summary>
    private static bool IsPublished(byte[] content, GueFile published)
    {
        if (published.GitBlobs.Contains(GitBlobId(content)))
            return true;
        var withoutCarriageReturns = Array.FindAll(content, b => b != (byte)'\r');
        return withoutCarriageReturns.Length < content.Length && published.GitBlobs.Contains(GitBlobId(withoutCarriageReturns));
    }
}
