using DnaBart.Checkpoints;
using DnaBart.IO;

namespace DnaBart.Gue;

/// <summary>A folder of GUE data: <c>TASK/train.csv</c>, <c>dev.csv</c>, <c>test.csv</c>, each plain or <c>.csv.gz</c>, as the
/// upstream archive unpacks (its own top folder <c>GUE</c> may be there or not).</summary>
public sealed class GueFolder
{
    private readonly string root;

    /// <exception cref="InputException">There is no such folder.</exception>
    public GueFolder(string path)
    {
        if (!Directory.Exists(path))
            throw new InputException($"{path}: no such folder; give the one that holds EMP, mouse, prom, splice, tf and virus");
        var inner = Path.Combine(path, "GUE");
        root = Directory.Exists(inner) ? inner : path;
    }

    /// <summary>The path of a split's file, or null if it is not there.</summary>
    public string? Find(GueDataset dataset, GueSplit split)
    {
        var plain = Path.Combine(root, dataset.Task, $"{split.ToString().ToLowerInvariant()}.csv");
        return File.Exists(plain) ? plain : File.Exists(plain + ".gz") ? plain + ".gz" : null;
    }

    /// <summary>Whether all three splits are there.</summary>
    public bool IsWhole(GueDataset dataset) => Enum.GetValues<GueSplit>().All(split => Find(dataset, split) is not null);

    /// <summary>Reads one split.</summary>
    /// <exception cref="InputException">The file is missing or malformed.</exception>
    public List<GueExample> Read(GueDataset dataset, GueSplit split) => GueCsv.Read(Require(dataset, split), dataset.Classes);

    /// <summary>The SHA-256 of a split's file as it lies there, in lower-case hexadecimal.</summary>
    /// <exception cref="InputException">It is missing.</exception>
    public string Sha256(GueDataset dataset, GueSplit split) => CheckpointManifest.Sha256(Require(dataset, split));

    /// <summary>Does nothing where all three splits are there.</summary>
    /// <exception cref="InputException">One is not.</exception>
    public void Require(GueDataset dataset)
    {
        foreach (var split in Enum.GetValues<GueSplit>())
            Require(dataset, split);
    }

    private string Require(GueDataset dataset, GueSplit split) => Find(dataset, split) ?? throw new InputException(
        $"{Path.Combine(root, dataset.Task)}: no {split.ToString().ToLowerInvariant()}.csv or .csv.gz; unpack the GUE archive of DNABERT-2 there");
}
