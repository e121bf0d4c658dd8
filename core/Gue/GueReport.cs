using System.Collections.Immutable;

namespace DnaBart.Gue;

/// <summary>Our figure for a dataset: the setting that was best on dev, over its seeds.</summary>
/// <param name="Setting">The setting's name.</param>
/// <param name="Runs">Its runs, by seed.</param>
/// <param name="Mean">Mean of the dataset's metric on test, in percent.</param>
/// <param name="StandardDeviation">Over the seeds (n - 1); null with one seed.</param>
public sealed record GueOurs(string Setting, ImmutableArray<GueRun> Runs, double Mean, double? StandardDeviation)
{
    public double Accuracy => 100 * Runs.Average(r => r.Accuracy);

    public double MeanSeconds => Runs.Average(r => r.Seconds);
}

/// <summary>A line of tables II to VII.</summary>
/// <param name="Dataset">The dataset.</param>
/// <param name="Ours">Null if it was not run.</param>
/// <param name="Baseline">The k-mer baseline's metric on test, in percent; null if it was not run.</param>
/// <param name="Selection">How our runs were chosen before their end; null if all were trained to it.</param>
public sealed record GueReportRow(GueDataset Dataset, GueOurs? Ours, double? Baseline, string? Selection)
{
    /// <summary>The rank of a figure among the published three and ours, 1 for the highest; equals share a rank.</summary>
    public int Rank(double figure) =>
        1 + Enum.GetValues<PublishedModel>().Select(m => GuePublished.Figure(Dataset, m)).Append(Ours?.Mean ?? double.NegativeInfinity).Count(f => f > figure);

    /// <summary>What a reader of our figure must know.</summary>
    public IEnumerable<string> Remarks
    {
        get
        {
            if (Ours is null)
                yield break;
            foreach (var deviation in Ours.Runs.Select(r => r.Deviation).OfType<string>().Distinct())
                yield return deviation;
            if (Selection is not null)
                yield return Selection;
            if (Ours.Runs.Where(r => r.IsCollapsed).Select(r => r.Seed).ToList() is { Count: > 0 } collapsed)
                yield return $"seed {string.Join(", ", collapsed)} calls every sequence the same class: it learned nothing";
            if (Baseline > Ours.Mean)
                yield return "below the k-mer baseline";
        }
    }
}

/// <summary>Everything the report says, before it is written as Markdown, CSV or HTML.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Differences">How our pretraining and data differ from the papers': stands beside every figure of ours.</param>
/// <param name="Rows">The 28 datasets in the order of the tables.</param>
/// <param name="Unfinished">Trials without a result, and why.</param>
public sealed record GueReport(string Title, ImmutableArray<string> Differences, ImmutableArray<GueReportRow> Rows, ImmutableArray<string> Unfinished)
{
    /// <summary>Builds the report.</summary>
    /// <param name="runs">Every run; of a dataset's settings the one with the best mean dev score is reported. Test figures choose nothing.</param>
    /// <param name="baselines">The k-mer baseline's figure on test by dataset, in percent.</param>
    /// <param name="selections">By dataset, how its runs were chosen before their end, where they were.</param>
    /// <inheritdoc cref="GueReport"/>
    public static GueReport Build(
        string title, IEnumerable<string> differences, IEnumerable<GueRun> runs, IReadOnlyDictionary<string, double> baselines,
        IReadOnlyDictionary<string, string> selections, IEnumerable<string> unfinished)
    {
        var byTask = runs.ToLookup(r => r.Task);
        var rows = GueCatalogue.All.Select(dataset => new GueReportRow(
            dataset, Summarize(dataset, byTask[dataset.Task]), baselines.TryGetValue(dataset.Task, out var figure) ? figure : null,
            selections.GetValueOrDefault(dataset.Task)));
        return new GueReport(title, [.. differences], [.. rows], [.. unfinished]);
    }

    /// <summary>The rows of each table, in order.</summary>
    public IEnumerable<IGrouping<GueFamily, GueReportRow>> Tables => Rows.GroupBy(r => r.Dataset.Family);

    private static GueOurs? Summarize(GueDataset dataset, IEnumerable<GueRun> runs)
    {
        var best = runs.GroupBy(r => r.Setting)
            .OrderByDescending(setting => setting.Average(r => r.DevScore)).ThenBy(setting => setting.Key, StringComparer.Ordinal)
            .FirstOrDefault();
        if (best is null)
            return null;
        var figures = best.Select(r => r.Figure(dataset)).ToList();
        var mean = figures.Average();
        double? deviation = figures.Count < 2 ? null : Math.Sqrt(figures.Sum(f => (f - mean) * (f - mean)) / (figures.Count - 1));
        return new GueOurs(best.Key, [.. best.OrderBy(r => r.Seed)], mean, deviation);
    }
}
