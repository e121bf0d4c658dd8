using System.Collections.Immutable;
using DnaBart.IO;

namespace DnaBart.Gue;

/// <summary>The 28 datasets of the Genome Understanding Evaluation (Zhou et al., DNABERT-2, arXiv:2306.15006, tables 1 and 10),
/// in the order of the DNABART paper's tables II to VII.</summary>
/// <remarks>Sizes and blob ids stand in the resource <c>GueFiles.tsv</c>. The train size of EMP/H3K14ac is 26,438 (the set's 33,048
/// sequences less dev and test); some listings transpose two digits of it.</remarks>
public static class GueCatalogue
{
    public static ImmutableArray<GueDataset> All { get; } = Build();

    /// <summary>The dataset of that name, for instance <c>tf/0</c>.</summary>
    /// <exception cref="InputException">No such dataset.</exception>
    public static GueDataset Find(string task) =>
        All.FirstOrDefault(d => string.Equals(d.Task, task, StringComparison.OrdinalIgnoreCase))
        ?? throw new InputException($"'{task}' is no GUE dataset; `dnabart gue list` prints the 28 names");

    /// <summary>The paper's table of a family: <c>II</c> to <c>VII</c>.</summary>
    public static string TableNumber(GueFamily family) => family switch
    {
        GueFamily.EpigeneticMarks => "II",
        GueFamily.Promoter300 => "III",
        GueFamily.CorePromoter => "IV",
        GueFamily.TranscriptionFactorHuman => "V",
        GueFamily.TranscriptionFactorMouse => "VI",
        GueFamily.SpliceAndVirus => "VII",
        _ => throw new ArgumentOutOfRangeException(nameof(family)),
    };

    /// <summary>A family's title as it heads a table.</summary>
    public static string Title(GueFamily family) => family switch
    {
        GueFamily.EpigeneticMarks => "Epigenetic marks (yeast)",
        GueFamily.Promoter300 => "Promoter, 300 bp (human)",
        GueFamily.CorePromoter => "Core promoter, 70 bp (human)",
        GueFamily.TranscriptionFactorHuman => "Transcription factor binding (human)",
        GueFamily.TranscriptionFactorMouse => "Transcription factor binding (mouse)",
        GueFamily.SpliceAndVirus => "Splice sites (human) and SARS-CoV-2 variants",
        _ => throw new ArgumentOutOfRangeException(nameof(family)),
    };

    private static ImmutableArray<GueDataset> Build()
    {
        var files = ReadFiles();
        var datasets = ImmutableArray.CreateBuilder<GueDataset>(28);
        void Add(GueFamily family, int length, string prefix, string[] names, int classes = 2, GueMetric metric = GueMetric.Mcc)
        {
            foreach (var name in names)
                datasets.Add(new GueDataset(prefix + name, family, name, classes, length, metric, files[prefix + name]));
        }

        string[] marks = ["H3", "H3K14ac", "H3K36me3", "H3K4me1", "H3K4me2", "H3K4me3", "H3K79me3", "H3K9ac", "H4", "H4ac"];
        string[] promoters = ["all", "notata", "tata"];
        string[] factors = ["0", "1", "2", "3", "4"];
        Add(GueFamily.EpigeneticMarks, 500, "EMP/", marks);
        Add(GueFamily.Promoter300, 300, "prom/prom_300_", promoters);
        Add(GueFamily.CorePromoter, 70, "prom/prom_core_", promoters);
        Add(GueFamily.TranscriptionFactorHuman, 101, "tf/", factors);
        Add(GueFamily.TranscriptionFactorMouse, 101, "mouse/", factors);
        Add(GueFamily.SpliceAndVirus, 400, "splice/", ["reconstructed"], classes: 3);
        Add(GueFamily.SpliceAndVirus, 1000, "virus/", ["covid"], classes: 9, GueMetric.MacroF1);
        return datasets.MoveToImmutable();
    }

    private static Dictionary<string, Dictionary<GueSplit, GueFile>> ReadFiles()
    {
        using var stream = typeof(GueCatalogue).Assembly.GetManifestResourceStream("GueFiles.tsv")!;
        using var reader = new StreamReader(stream);
        var files = new Dictionary<string, Dictionary<GueSplit, GueFile>>();
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split('\t');
            var file = new GueFile(int.Parse(fields[2]), [.. fields[3..].Where(id => id != "-")]);
            if (!files.TryGetValue(fields[0], out var splits))
                files[fields[0]] = splits = [];
            splits.Add(Enum.Parse<GueSplit>(fields[1], ignoreCase: true), file);
        }
        return files;
    }
}
