using System.Globalization;
using System.Text;

namespace DnaBart.Gue;

/// <summary>Writes a <see cref="GueReport"/> as Markdown and as CSV.</summary>
public static class GueReportText
{
    /// <summary>The whole report as GitHub-flavoured Markdown.</summary>
    public static string Markdown(GueReport report)
    {
        var text = new StringBuilder($"# {report.Title}\n\n");
        foreach (var line in Preface(report))
            text.Append($"- {line}\n");
        foreach (var table in report.Tables)
        {
            text.Append($"\n## {Heading(table.Key)}\n\n");
            text.Append("| dataset | metric | NT-2500M | DNABERT-2 | DNABART (published) | k-mer baseline | ours (mean ± sd, seeds) | ours, accuracy | rank | time per run |\n");
            text.Append("|---|---|---|---|---|---|---|---|---|---|\n");
            foreach (var row in table)
            {
                var published = Enum.GetValues<PublishedModel>().Select(m => Published(row, m));
                text.Append($"| {row.Dataset.Label} | {MetricName(row.Dataset)} | {string.Join(" | ", published)} | {Number(row.Baseline)} | {Ours(report, row)} ");
                text.Append($"| {Number(row.Ours?.Accuracy)} | {Rank(row)} | {Time(row.Ours?.MeanSeconds)} |\n");
            }
            foreach (var (row, remark) in table.SelectMany(row => row.Remarks.Select(remark => (row, remark))))
                text.Append($"\n‡ {row.Dataset.Task}: {remark}\n");
        }
        if (!report.Unfinished.IsEmpty)
            text.Append("\n## Without a result\n\n").AppendJoin("", report.Unfinished.Select(line => $"- {line}\n"));
        return text.ToString();
    }

    /// <summary>The tables as CSV, one line a dataset; figures in percent.</summary>
    public static string TablesCsv(GueReport report)
    {
        var text = new StringBuilder("table,task,metric,nt_2500m,dnabert2,dnabart_published,kmer_baseline,setting,seeds,ours_mean,ours_sd,ours_accuracy,ours_rank,seconds_per_run,remarks\n");
        foreach (var row in report.Rows)
        {
            AppendCsv(text,
                GueCatalogue.TableNumber(row.Dataset.Family), row.Dataset.Task, MetricName(row.Dataset),
                GuePublished.Figure(row.Dataset, PublishedModel.Nt2500M),
                GuePublished.Figure(row.Dataset, PublishedModel.DnaBert2),
                GuePublished.Figure(row.Dataset, PublishedModel.DnaBart),
                row.Baseline, row.Ours?.Setting, row.Ours?.Runs.Length, row.Ours?.Mean, row.Ours?.StandardDeviation, row.Ours?.Accuracy,
                row.Ours is { } ours ? row.Rank(ours.Mean) : null, row.Ours?.MeanSeconds,
                string.Join("; ", report.Differences.Concat(row.Remarks).Where(_ => row.Ours is not null)));
        }
        return text.ToString();
    }

    /// <summary>The reported runs as CSV, one line a seed; scores from -1 to 1.</summary>
    public static string RunsCsv(GueReport report)
    {
        var text = new StringBuilder("task,setting,seed,dev_score,test_mcc,test_accuracy,test_macro_f1,seconds\n");
        foreach (var run in report.Rows.SelectMany(r => r.Ours?.Runs ?? []))
            AppendCsv(text, run.Task, run.Setting, run.Seed, run.DevScore, run.Mcc, run.Accuracy, run.MacroF1, run.Seconds);
        return text.ToString();
    }

    /// <summary>The notes that stand before the tables.</summary>
    internal static IEnumerable<string> Preface(GueReport report) =>
    [
        .. GuePublished.Notes.Select((note, i) => i == GuePublished.Notes.Count - 1 ? $"¹ {note}" : note),
        "Our figures are on the test set, by the metric named in the line; the setting of several was chosen on dev. "
        + "The rank is among the three published figures and ours.",
        .. report.Differences.Select(difference => $"† Ours differs: {difference}"),
        CostLine(report),
    ];

    internal static string Heading(GueFamily family) => $"Table {GueCatalogue.TableNumber(family)}. {GueCatalogue.Title(family)}";

    internal static string MetricName(GueDataset dataset) => dataset.Metric == GueMetric.Mcc ? "MCC" : "F1 (macro)";

    internal static string Published(GueReportRow row, PublishedModel model) =>
        Number(GuePublished.Figure(row.Dataset, model)) + (GuePublished.IsSuspect(row.Dataset, model) ? "¹" : "");

    internal static string Ours(GueReport report, GueReportRow row) => row.Ours is not { } ours
        ? "not run"
        : $"{Number(ours.Mean)}{(ours.StandardDeviation is { } sd ? $" ± {Number(sd)}" : "")} (n = {ours.Runs.Length})"
            + (report.Differences.IsEmpty ? "" : " †") + (row.Remarks.Any() ? " ‡" : "");

    internal static string Rank(GueReportRow row) => row.Ours is { } ours ? row.Rank(ours.Mean).ToString(CultureInfo.InvariantCulture) : "";

    internal static string Number(double? figure) => figure?.ToString("F2", CultureInfo.InvariantCulture) ?? "";

    internal static string Time(double? seconds) => seconds switch
    {
        null => "",
        < 100 => string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s"),
        < 6000 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:F1} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:F1} h"),
    };

    private static string CostLine(GueReport report)
    {
        var runs = report.Rows.SelectMany(r => r.Ours?.Runs ?? []).ToList();
        return $"Cost: {runs.Count} reported runs of {report.Rows.Count(r => r.Ours is not null)} datasets, {Time(runs.Sum(r => r.Seconds))} of training and test in all.";
    }

    private static void AppendCsv(StringBuilder text, params object?[] fields)
    {
        var formatted = fields.Select(field => Convert.ToString(field, CultureInfo.InvariantCulture) ?? "");
        text.AppendJoin(',', formatted.Select(f => f.AsSpan().ContainsAny(",\"\n") ? $"\"{f.Replace("\"", "\"\"")}\"" : f)).Append('\n');
    }
}
