using DnaBart.Metrics;

namespace DnaBart.Gue;

/// <summary>A table of the DNABART paper and the datasets it compares on, in the paper's order.</summary>
public enum GueFamily
{
    EpigeneticMarks,
    Promoter300,
    CorePromoter,
    TranscriptionFactorHuman,
    TranscriptionFactorMouse,
    SpliceAndVirus,
}

/// <summary>The metric by which GUE (DNABERT-2, arXiv:2306.15006, table 1) compares models on a dataset.</summary>
public enum GueMetric
{
    /// <summary>Matthews correlation coefficient; with more than two classes Gorodkin's generalization.</summary>
    Mcc,

    /// <summary>F1 averaged over the classes with equal weight.</summary>
    MacroF1,
}

/// <summary>The three files of a dataset.</summary>
public enum GueSplit { Train, Dev, Test }

/// <summary>What is known of one file of the benchmark.</summary>
/// <param name="Rows">Examples, the header not counted.</param>
/// <param name="GitBlobs">The git blob ids (SHA-1) of the file as published: with LF line ends, and where a copy with CRLF
/// is known, of that one.</param>
public sealed record GueFile(int Rows, IReadOnlyList<string> GitBlobs);

/// <summary>One of the 28 datasets of GUE.</summary>
/// <param name="Task">Its name here and its folder in the upstream archive, below <c>GUE/</c>: <c>tf/0</c>, <c>EMP/H3</c>.</param>
/// <param name="Family">The paper's table that holds it.</param>
/// <param name="Label">Its column in that table.</param>
/// <param name="Classes">Number of classes; labels are 0 to Classes - 1.</param>
/// <param name="Length">Length of most of its sequences, in bases.</param>
/// <param name="Metric">The metric of the benchmark.</param>
/// <param name="Files">The three files, by <see cref="GueSplit"/>.</param>
public sealed record GueDataset(
    string Task, GueFamily Family, string Label, int Classes, int Length, GueMetric Metric, IReadOnlyDictionary<GueSplit, GueFile> Files)
{
    public int Rows(GueSplit split) => Files[split].Rows;

    /// <summary>The dataset's metric, -1 or 0 to 1.</summary>
    public double Score(ConfusionMatrix matrix) => Metric == GueMetric.Mcc ? matrix.Mcc : matrix.MacroF1;
}
