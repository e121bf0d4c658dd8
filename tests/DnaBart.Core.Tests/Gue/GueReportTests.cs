using System.Xml.Linq;
using DnaBart.Fixtures;
using DnaBart.Gue;
using DnaBart.IO;
using DnaBart.Metrics;

namespace DnaBart.Core.Tests.Gue;

public sealed class GueReportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void OursIsTheSettingThatWasBestOnDevWithMeanAndDeviationOverSeeds()
    {
        var row = Row("tf/0");
        Assert.Equal("low", row.Ours!.Setting);
        Assert.Equal([1, 2, 3], row.Ours.Runs.Select(r => r.Seed));
        Assert.Equal(72, row.Ours.Mean, 9);
        Assert.Equal(2, row.Ours.StandardDeviation!.Value, 9);
        // DNABART 79.6, ours 72.00, DNABERT-2 71.99, NT 66.64.
        Assert.Equal([4, 3, 1, 2], new[] { 66.64, 71.99, 79.6, row.Ours.Mean }.Select(row.Rank));
    }

    [Fact]
    public void AVirusRunIsComparedByMacroF1() => Assert.Equal(50, Row("virus/covid").Ours!.Mean, 9);

    [Fact]
    public void ACollapsedRunAndOneBelowTheBaselineAreSaid() => Assert.Equal(
        ["trained on 1,000 of 6,478 rows", "seed 1 calls every sequence the same class: it learned nothing", "below the k-mer baseline"],
        Row("mouse/0").Remarks);

    [Fact]
    public void AChoiceAmongTheRunsIsSaid() => Assert.Contains("‡ virus/covid: best of 3 trials", GueReportText.Markdown(Report()));

    [Fact]
    public void MarkdownSaysMetricsAndMarksOurs()
    {
        var markdown = GueReportText.Markdown(Report());
        Assert.Contains("| 0 | MCC | 66.64 | 71.99 | 79.60 |  | 72.00 ± 2.00 (n = 3) † | 85.00 | 2 | 2.0 min |", markdown);
        Assert.Contains("| 0 | MCC | 66.64¹ | 64.23 | 52.84 | 56.60 | 0.00 (n = 1) † ‡ |", markdown);
        Assert.Contains("| covid | F1 (macro) | 73.04 |", markdown);
        Assert.Contains("accuracy in the text", markdown);
        Assert.Contains("† Ours differs: pretrained on yeast only", markdown);
        Assert.Contains("- tf/1/low/1: out of memory", markdown);
        Assert.Equal(28, markdown.Split('\n').Count(line => line.StartsWith("| ") && !line.StartsWith("| dataset")));
    }

    [Fact]
    public void CsvHoldsOneLineADatasetAndOneARun()
    {
        var tables = GueReportText.TablesCsv(Report()).TrimEnd().Split('\n');
        Assert.Equal(29, tables.Length);
        Assert.Contains("V,tf/0,MCC,66.64,71.99,79.6,,low,3,72,2,85,2,120,pretrained on yeast only", tables);
        Assert.Contains("VI,mouse/0,MCC,66.64,64.23,52.84,56.6,low,1,0,,50,4,30,"
            + "\"pretrained on yeast only; trained on 1,000 of 6,478 rows; seed 1 calls every sequence the same class: it learned nothing; below the k-mer baseline\"", tables);
        Assert.Contains("VI,mouse/1,MCC,70.28,86.28,79.73,,,,,,,,,", tables);
        Assert.Equal(1 + 3 + 1 + 1, GueReportText.RunsCsv(Report()).TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void HtmlIsWellFormedSelfContainedAndDrawsEveryFigure()
    {
        var html = GueReportHtml.Page(Report());
        Assert.DoesNotContain("src=", html);
        Assert.DoesNotContain("href=", html);
        var page = XDocument.Parse(html[html.IndexOf('\n')..]);
        XNamespace svg = "http://www.w3.org/2000/svg";
        // Bars: 28 x 3 published, 3 ours and 1 baseline; 3 families x 4 in the overview. Curves: train and dev of one run.
        Assert.Equal((28 * 3) + 3 + 1 + (3 * 4), page.Descendants(svg + "rect").Count());
        Assert.Equal(2, page.Descendants(svg + "polyline").Count());
        Assert.Equal("V (1), ours: 72", page.Descendants(svg + "title").First(t => t.Value.Contains("V (1), ours")).Value);
        Assert.Single(page.Descendants("table"), t => (string?)t.Attribute("class") == "confusion");
        Assert.Contains("GUE &lt;test&gt;", html);
    }

    [Fact]
    public void WritesItsFilesOrSaysWhyNot()
    {
        var paths = GueReportFiles.Write(Report(), folder["out"]);
        Assert.Equal(["report.md", "report.html", "tables.csv", "runs.csv"], paths.Select(Path.GetFileName));
        Assert.All(paths, path => Assert.True(new FileInfo(path).Length > 100));
        Assert.Throws<InputException>(() => GueReportFiles.Write(Report(), paths[0]));
    }

    private static GueReportRow Row(string task) => Report().Rows.Single(r => r.Dataset.Task == task);

    private static GueReport Report()
    {
        var collapsed = new ConfusionMatrix(2);
        collapsed.Add(0, 1);
        collapsed.Add(1, 1);
        GueRun[] runs =
        [
            new("tf/0", "low", 3, DevScore: 0.8, Mcc: 0.74, Accuracy: 0.86, MacroF1: 0.86, Seconds: 120),
            new("tf/0", "low", 1, 0.8, 0.70, 0.84, 0.84, 120),
            new("tf/0", "low", 2, 0.8, 0.72, 0.85, 0.85, 120),
            // Better on test, worse on dev: must not be chosen.
            new("tf/0", "high", 1, 0.7, 0.99, 0.99, 0.99, 120),
            new("virus/covid", "low", 1, 0.5, 0.45, 0.6, 0.5, 7200),
            new("mouse/0", "low", 1, 0, 0, 0.5, 1 / 3.0, 30, collapsed, [new(1, 0.69, 0.70), new(2, 0.60, 0.71)], "trained on 1,000 of 6,478 rows"),
        ];
        return GueReport.Build(
            "GUE <test>", ["pretrained on yeast only"], runs, new Dictionary<string, double> { ["mouse/0"] = 56.6 },
            new Dictionary<string, string> { ["virus/covid"] = "best of 3 trials" }, ["tf/1/low/1: out of memory"]);
    }
}
