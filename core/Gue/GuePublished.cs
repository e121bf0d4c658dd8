namespace DnaBart.Gue;

/// <summary>A model whose results the DNABART paper prints.</summary>
public enum PublishedModel { Nt2500M, DnaBert2, DnaBart }

/// <summary>The figures of the paper's tables II to VII, in percent, exactly as printed.</summary>
public static class GuePublished
{
    // Columns: NT-2500M, DNABERT-2, DNABART.
    private static readonly Dictionary<string, double[]> Figures = new()
    {
        ["EMP/H3"] = [78.77, 80.17, 78.29],
        ["EMP/H3K14ac"] = [56.2, 57.42, 63.51],
        ["EMP/H3K36me3"] = [61.99, 61.9, 66.4],
        ["EMP/H3K4me1"] = [55.3, 53, 63.79],
        ["EMP/H3K4me2"] = [36.49, 39.89, 64.94],
        ["EMP/H3K4me3"] = [40.34, 41.2, 58.32],
        ["EMP/H3K79me3"] = [64.7, 67.39, 72.98],
        ["EMP/H3K9ac"] = [56.01, 57.07, 66.97],
        ["EMP/H4"] = [81.67, 81.86, 80.97],
        ["EMP/H4ac"] = [49.13, 50.43, 60.85],
        ["prom/prom_300_all"] = [91.01, 86.77, 85.34],
        ["prom/prom_300_notata"] = [94, 94.34, 89.03],
        ["prom/prom_300_tata"] = [79.43, 71.59, 62.97],
        ["prom/prom_core_all"] = [70.33, 69.37, 77.75],
        ["prom/prom_core_notata"] = [71.58, 69.53, 79.8],
        ["prom/prom_core_tata"] = [72.97, 76.18, 71.13],
        ["tf/0"] = [66.64, 71.99, 79.6],
        ["tf/1"] = [70.28, 76.06, 81.9],
        ["tf/2"] = [58.72, 66.52, 72.9],
        ["tf/3"] = [51.65, 58.54, 65.8],
        ["tf/4"] = [69.34, 77.43, 77.5],
        ["mouse/0"] = [66.64, 64.23, 52.84],
        ["mouse/1"] = [70.28, 86.28, 79.73],
        ["mouse/2"] = [58.72, 81.28, 78.05],
        ["mouse/3"] = [51.65, 73.49, 56.9],
        ["mouse/4"] = [47.07, 52.66, 54.54],
        ["splice/reconstructed"] = [89.35, 85.93, 56.51],
        ["virus/covid"] = [73.04, 71.02, 14.15],
    };

    /// <summary>What a reader must know before comparing the columns.</summary>
    public static IReadOnlyList<string> Notes { get; } =
    [
        "NT-2500M and DNABERT-2 figures are MCC x 100, for virus/covid F1 x 100, by the DNABERT-2 protocol (arXiv:2306.15006).",
        "The DNABART paper calls its own figures accuracy in the text, yet sets them beside MCC. If they are accuracy, "
        + "they cannot be compared with the other columns: the MCC of a balanced two-class set is about 2 x accuracy - 1.",
        "Four of the five NT-2500M figures for mouse repeat the human row in the paper. They are kept as printed and are probably a slip.",
    ];

    /// <summary>The printed figure, in percent.</summary>
    public static double Figure(GueDataset dataset, PublishedModel model) => Figures[dataset.Task][(int)model];

    /// <summary>Whether the paper's NT-2500M figure repeats that of the human dataset of the same number.</summary>
    public static bool IsSuspect(GueDataset dataset, PublishedModel model) =>
        model == PublishedModel.Nt2500M && dataset.Family == GueFamily.TranscriptionFactorMouse && dataset.Label != "4";

    /// <summary>The model's name in the paper's tables.</summary>
    public static string Name(PublishedModel model) => model switch
    {
        PublishedModel.Nt2500M => "NT-2500M",
        PublishedModel.DnaBert2 => "DNABERT-2",
        PublishedModel.DnaBart => "DNABART (published)",
        _ => throw new ArgumentOutOfRangeException(nameof(model)),
    };
}
