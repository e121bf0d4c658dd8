using System.Net;
using System.Text;
using DnaBart.Metrics;

namespace DnaBart.Gue;

/// <summary>Writes a <see cref="GueReport"/> as one HTML page that loads nothing: tables, bars, training curves, confusion matrices.</summary>
public static class GueReportHtml
{
    private const string Style = """
        body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em;color:#222;background:#fff}
        table{border-collapse:collapse;margin:.8em 0}th,td{padding:.25em .7em;border-bottom:1px solid #ccc;text-align:right}td{white-space:nowrap}
        th:first-child,td:first-child{text-align:left}td.best{font-weight:bold}svg{font:11px system-ui,sans-serif;fill:#444}
        .grid{stroke:#ddd}.s0{fill:#9aa7b4}.s1{fill:#5d83a8}.s2{fill:#d99a4e}.s3{fill:#2f855a}.s4{fill:#d5d8db}
        .key span{display:inline-block;margin-right:1.2em}.key svg{width:12px;height:12px;margin-right:.3em}
        polyline{fill:none;stroke-width:1.5}.l0{stroke:#2f855a}.l1{stroke:#d9534f}
        .confusion td,.confusion th{text-align:center;border:1px solid #eee;min-width:3em}figure{display:inline-block;vertical-align:top;margin:0 1.5em 1em 0}
        """;

    private static readonly string[] Series = [.. Enum.GetValues<PublishedModel>().Select(GuePublished.Name), "ours", "k-mer baseline"];

    /// <summary>The page.</summary>
    public static string Page(GueReport report)
    {
        var html = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>");
        html.Append($"<title>{Text(report.Title)}</title><style>{Style}</style></head><body>\n<h1>{Text(report.Title)}</h1>\n<ul>");
        foreach (var line in GueReportText.Preface(report))
            html.Append($"<li>{Text(line)}</li>");
        html.Append("</ul>\n<p class=\"key\">");
        for (var s = 0; s < Series.Length; s++)
            html.Append($"<span><svg viewBox=\"0 0 1 1\"><rect class=\"s{s}\" width=\"1\" height=\"1\"/></svg>{Text(Series[s])}</span>");
        html.Append("</p>\n");
        AppendOverview(html, report);
        foreach (var table in report.Tables)
            AppendTable(html, report, table.Key, [.. table]);
        AppendRuns(html, report);
        if (!report.Unfinished.IsEmpty)
            html.Append($"<h2>Without a result</h2><ul>{string.Concat(report.Unfinished.Select(line => $"<li>{Text(line)}</li>"))}</ul>\n");
        return html.Append("</body></html>\n").ToString();
    }

    /// <summary>Means by family, over the datasets that we have run: the same ones for every model.</summary>
    private static void AppendOverview(StringBuilder html, GueReport report)
    {
        var families = report.Tables.Select(t => (t.Key, Rows: t.Where(r => r.Ours is not null).ToList())).Where(t => t.Rows.Count > 0).ToList();
        if (families.Count == 0)
            return;
        html.Append("<h2>Means by table, over the datasets run</h2>\n");
        html.Append(GueCharts.Bars(
            [.. families.Select(f => $"{GueCatalogue.TableNumber(f.Key)} ({f.Rows.Count})")],
            Series[..4],
            (g, s) => families[g].Rows.Average(row => Figure(row, s)!.Value)));
        html.Append('\n');
    }

    private static void AppendTable(StringBuilder html, GueReport report, GueFamily family, List<GueReportRow> rows)
    {
        html.Append($"<h2>{Text(GueReportText.Heading(family))}</h2>\n");
        html.Append(GueCharts.Bars([.. rows.Select(r => r.Dataset.Label)], Series, (g, s) => Figure(rows[g], s)));
        html.Append("\n<table><tr><th>dataset</th><th>metric</th>");
        foreach (var model in Enum.GetValues<PublishedModel>())
            html.Append($"<th>{Text(GuePublished.Name(model).Replace('-', '\u2011'))}</th>"); // a hyphen that does not break the line
        html.Append("<th>k-mer baseline</th><th>ours: mean ± sd (seeds)</th><th>ours, accuracy</th><th>rank</th><th>time per run</th></tr>\n");
        foreach (var row in rows)
        {
            html.Append($"<tr><td>{Text(row.Dataset.Label)}</td><td>{GueReportText.MetricName(row.Dataset)}</td>");
            foreach (var model in Enum.GetValues<PublishedModel>())
                Cell(html, GueReportText.Published(row, model), row.Rank(GuePublished.Figure(row.Dataset, model)) == 1);
            Cell(html, GueReportText.Number(row.Baseline), false);
            Cell(html, GueReportText.Ours(report, row), row.Ours is { } ours && row.Rank(ours.Mean) == 1);
            Cell(html, GueReportText.Number(row.Ours?.Accuracy), false);
            Cell(html, GueReportText.Rank(row), false);
            Cell(html, GueReportText.Time(row.Ours?.MeanSeconds), false);
            html.Append("</tr>\n");
        }
        html.Append("</table>\n");
        foreach (var (row, remark) in rows.SelectMany(row => row.Remarks.Select(remark => (row, remark))))
            html.Append($"<p>‡ {Text(row.Dataset.Task)}: {Text(remark)}</p>\n");
    }

    private static void AppendRuns(StringBuilder html, GueReport report)
    {
        var runs = report.Rows.SelectMany(r => r.Ours?.Runs ?? []).ToList();
        if (runs.Count == 0)
            return;
        html.Append("<h2>Runs</h2>\n<p>Loss by epoch on train (green) and dev (red); confusion matrix on test, a row a true class, a column a called one.</p>\n");
        foreach (var task in runs.Where(r => r.Confusion is not null || !r.Losses.IsDefaultOrEmpty).GroupBy(r => r.Task))
        {
            html.Append($"<h3>{Text(task.Key)}</h3>\n");
            foreach (var run in task)
            {
                html.Append($"<figure><figcaption>seed {run.Seed}</figcaption>");
                if (!run.Losses.IsDefaultOrEmpty)
                {
                    html.Append(GueCharts.Lines(
                    [
                        ("train", 0, [.. run.Losses.Select(p => (p.Epoch, p.TrainLoss))]),
                        ("dev", 1, [.. run.Losses.Select(p => (p.Epoch, p.DevLoss))]),
                    ]));
                }
                if (run.Confusion is not null)
                    AppendConfusion(html, run.Confusion);
                html.Append("</figure>\n");
            }
        }
    }

    private static void AppendConfusion(StringBuilder html, ConfusionMatrix matrix)
    {
        var classes = Enumerable.Range(0, matrix.Classes).ToList();
        html.Append($"<table class=\"confusion\"><tr><th></th>{string.Concat(classes.Select(c => $"<th>{c}</th>"))}</tr>");
        foreach (var truth in classes)
        {
            var total = Math.Max(1, classes.Sum(predicted => matrix[truth, predicted]));
            html.Append($"<tr><th>{truth}</th>");
            foreach (var predicted in classes)
                html.Append($"<td style=\"background:rgb(47 133 90/{matrix[truth, predicted] * 100 / total}%)\">{matrix[truth, predicted]}</td>");
            html.Append("</tr>");
        }
        html.Append("</table>");
    }

    private static double? Figure(GueReportRow row, int series) => series switch
    {
        < 3 => GuePublished.Figure(row.Dataset, (PublishedModel)series),
        3 => row.Ours?.Mean,
        _ => row.Baseline,
    };

    private static void Cell(StringBuilder html, string text, bool best) => html.Append($"<td{(best ? " class=\"best\"" : "")}>{Text(text)}</td>");

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
