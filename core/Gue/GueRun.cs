using System.Collections.Immutable;
using DnaBart.Metrics;

namespace DnaBart.Gue;

/// <summary>A point of a training curve.</summary>
public readonly record struct LossPoint(double Epoch, double TrainLoss, double DevLoss);

/// <summary>One finetuned model, measured once on the test set.</summary>
/// <param name="Task">The dataset, as in <see cref="GueCatalogue"/>.</param>
/// <param name="Setting">Name of its hyper-parameters.</param>
/// <param name="Seed">Its random seed.</param>
/// <param name="DevScore">The dataset's metric on dev: by its mean over seeds the reported setting is chosen.</param>
/// <param name="Mcc">On test.</param>
/// <param name="Accuracy">On test.</param>
/// <param name="MacroF1">On test.</param>
/// <param name="Seconds">Time of training and test.</param>
/// <param name="Confusion">On test, if it was kept.</param>
/// <param name="Losses">The training curve, if it was kept.</param>
/// <param name="Deviation">How its training departs from the dataset's published use (a sample of the train set, another length);
/// null if it does not.</param>
public sealed record GueRun(
    string Task, string Setting, int Seed, double DevScore, double Mcc, double Accuracy, double MacroF1, double Seconds,
    ConfusionMatrix? Confusion = null, ImmutableArray<LossPoint> Losses = default, string? Deviation = null)
{
    /// <summary>The metric by which the dataset is compared, in percent as in the published tables.</summary>
    public double Figure(GueDataset dataset) => 100 * (dataset.Metric == GueMetric.Mcc ? Mcc : MacroF1);

    /// <summary>Whether the model calls every test sequence the same.</summary>
    public bool IsCollapsed => Confusion is { IsCollapsed: true };
}
