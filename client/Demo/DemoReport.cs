using System.Net;
using System.Text;
using DnaBart.Correction;

namespace DnaBart.Client.Demo;

/// <summary>The demo's report as one HTML page that loads nothing: for a reader who knows sequencing, not neural networks.</summary>
internal static class DemoReport
{
    // Positions that a point of the chart joins: single positions have few errors and much scatter.
    private const int PositionsAPoint = 10;

    private static readonly (string Name, int First, int Last)[] QualityClasses =
        [("2–9", 0, 9), ("10–14", 10, 14), ("15–19", 15, 19), ("20–24", 20, 24), ("25–29", 25, 29), ("30–34", 30, 34), ("35 and up", 35, 93)];

    public static string Page(DemoResult result)
    {
        var html = new StringBuilder();
        html.Append($"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>DnaBart demo: corrected SARS-CoV-2 reads</title><style>{DemoReportStyle.Css}</style></head><body><main>

            """);
        AppendHead(html, result);
        AppendCharts(html, result.Profile);
        AppendChanges(html, result);
        AppendExamples(html, result.Examples);
        AppendLimits(html, result);
        AppendFacts(html, result);
        return html.Append("</main></body></html>\n").ToString();
    }

    private static void AppendHead(StringBuilder html, DemoResult result)
    {
        var m = result.Profile.Metrics;
        var (before, after) = (1e5 * m.ErrorRateBefore, 1e5 * m.ErrorRateAfter);
        var (perfectBefore, perfectAfter) = ((double)m.PerfectBefore / m.Reads, (double)m.PerfectAfter / m.Reads);
        html.Append($"""
            <header><p class="over">DnaBart demo</p><h1>SARS-CoV-2 reads, before and after correction</h1>
            <p class="lede">An Illumina MiSeq read {result.Summary.Reads:N0} stretches of the SARS-CoV-2 genome, {result.Summary.Bases:N0} bases in all, and showed {before:N0} of every 100,000 bases wrong.
            A small neural network that was trained on this genome then read each of them as a noisy copy, and changed a base only where what it expects outweighs how sure the sequencer was of that base.
            Every read was compared with the reference genome afterwards, to count what the changes made right and what they made wrong.</p></header>
            <section class="cards">
            {Card("Errors per 100,000 bases", $"{before:N1}", $"{after:N1}", Change(m.ErrorsBefore, m.ErrorsAfter))}
            {Card("Reads without any error", $"{perfectBefore:P1}", $"{perfectAfter:P1}", $"{m.PerfectAfter - m.PerfectBefore:+#,0;−#,0;±0} reads")}
            {Card("Changes that were right", null, double.IsNaN(m.Precision) ? "none made" : $"{m.Precision:P1}", $"{m.TruePositives:N0} put right, {m.FalsePositives:N0} made wrong")}
            {Card("Gain", null, double.IsNaN(m.Gain) ? "no errors" : $"{m.Gain:F3}", "1 is perfect, 0 is no better, below 0 is worse")}
            </section>

            """);
    }

    private static string Card(string title, string? before, string after, string note) =>
        $"<div class=\"card\"><h3>{title}</h3><p class=\"figure\">"
        + (before is null ? "" : $"<span class=\"was\">{before}</span><span class=\"arrow\">→</span>")
        + $"<span>{after}</span></p><p class=\"note\">{note}</p></div>";

    private static string Change(long before, long after) =>
        before == 0 ? "no errors before" : $"{(double)(after - before) / before:+0.0 %;−0.0 %;±0 %}: {before:N0} errors became {after:N0}";

    private static void AppendCharts(StringBuilder html, CorrectionProfile profile)
    {
        var positions = profile.ByPosition.Chunk(PositionsAPoint)
            .Select((chunk, i) => (Start: i * PositionsAPoint, Count: chunk.Length, Sum: chunk.Aggregate(ErrorCounts.None, (a, b) => a + b)))
            .Where(point => point.Sum.Bases > 0)
            .Select(point => (point.Start + (point.Count + 1) / 2.0, 1e5 * point.Sum.Before / point.Sum.Bases, 1e5 * point.Sum.After / point.Sum.Bases))
            .ToList();
        var qualities = QualityClasses
            .Select(one => (one.Name, Sum: profile.ByQuality.Skip(one.First).Take(one.Last - one.First + 1).Aggregate(ErrorCounts.None, (a, b) => a + b)))
            .Where(one => one.Sum.Bases > 0)
            .Select(one => (one.Name, (double)one.Sum.Before, (double)one.Sum.After))
            .ToList();
        if (positions.Count == 0)
            return;
        html.Append($"""
            <section><h2>Where in the read the errors are</h2>
            <p>A sequencer mostly grows less sure the longer it reads. Each point joins {PositionsAPoint} positions, first and second reads together.</p>{Key}
            {SvgCharts.Lines("Errors by position in the read", "position in the read", "errors per 100,000 bases", positions)}</section>
            <section><h2>How sure the sequencer was of them</h2>
            <p>The sequencer gives each base a quality: 10 means that it expects to be wrong 1 time in 10, 20 means 1 in 100, 30 means 1 in 1,000.
            Errors of high quality are mostly none of its own: the copying of the sample before sequencing made them.</p>{Key}
            {SvgCharts.Bars("Errors by quality", "quality of the base", "errors", qualities)}</section>

            """);
    }

    private const string Key = "<p class=\"key\"><span class=\"swatch before\"></span>before<span class=\"swatch after\"></span>after correction</p>";

    private static void AppendChanges(StringBuilder html, DemoResult result)
    {
        var m = result.Profile.Metrics;
        html.Append($"""
            <section><h2>What became of the errors</h2>
            <div class="stack" role="img" aria-label="{m.TruePositives:N0} put right, {m.FalseNegatives:N0} left, {m.FalsePositives:N0} made">
            <span class="good" style="flex:{m.TruePositives}"></span><span class="left" style="flex:{m.FalseNegatives}"></span><span class="bad" style="flex:{m.FalsePositives}"></span></div>
            <p class="key"><span class="swatch good"></span>{m.TruePositives:N0} put right<span class="swatch left"></span>{m.FalseNegatives:N0} left<span class="swatch bad"></span>{m.FalsePositives:N0} right bases made wrong ({m.MadeWrongPerMillion:N0} of a million)</p>
            <p>{result.Summary.ChangedBases:N0} bases were changed, in {result.Summary.ChangedReads:N0} of {result.Summary.Reads:N0} reads. Names, qualities and lengths of the reads are as they were.</p></section>

            """);
    }

    private static void AppendExamples(StringBuilder html, IReadOnlyList<DemoExample> examples)
    {
        if (examples.Count == 0)
            return;
        html.Append("<section><h2>Examples, and why</h2><p>The first of each kind in the file. Letters that differ from the genome are red, those put right green; a dash is a base that the read lacks, or one with another put in before it.</p>\n");
        foreach (var example in examples)
        {
            var (read, from) = (example.Read, example.Place - DemoExamples.Context);
            var to = example.Place + DemoExamples.Context + 1;
            html.Append($"""
                <article><h3><span class="tag {Style(example.Outcome)}">{Title(example.Outcome)}</span> position {example.Position + 1} of <code>{WebUtility.HtmlEncode(read.Corrected.Read.Name.Split(' ')[0])}</code></h3>
                <pre><span class="row">genome</span>{Letters(read.Truth.Bases, read.Truth.Bases, null, from, to)}
                <span class="row">read</span>{Letters(read.Before, read.Truth.Bases, null, from, to)}
                <span class="row">corrected</span>{Letters(read.After, read.Truth.Bases, read.Before, from, to)}</pre><p>{Reason(example)}</p></article>

                """);
        }
        html.Append("</section>\n");
    }

    /// <param name="earlier">Where given, letters that were wrong in it and are right now are marked.</param>
    private static string Letters(byte[] shown, byte[] truth, byte[]? earlier, int from, int to)
    {
        var html = new StringBuilder();
        for (var i = from; i < to; i++)
        {
            var letter = shown[i] == 0 ? '-' : (char)shown[i];
            var style = shown[i] != truth[i] ? "bad" : earlier is not null && earlier[i] != truth[i] ? "good" : null;
            html.Append(style is null ? $"{letter}" : $"<b class=\"{style}\">{letter}</b>");
        }
        return html.ToString();
    }

    private static string Title(Outcome outcome) => outcome switch
    {
        Outcome.PutRight => "Put right",
        Outcome.MadeWrong => "Made wrong",
        _ => "Left",
    };

    private static string Style(Outcome outcome) => outcome switch
    {
        Outcome.PutRight => "good",
        Outcome.MadeWrong => "bad",
        _ => "left",
    };

    private static string Reason(DemoExample example)
    {
        var (saw, now) = ((char)example.Read.Before[example.Place], (char)example.Read.After[example.Place]);
        var sequencer = $"The sequencer saw {saw} with quality {example.Quality}: it expects to be wrong in 1 of {Math.Pow(10, example.Quality / 10.0):N0} such bases.";
        return example.ModelLogOdds is { } odds
            ? $"{sequencer} The model holds {now} against {saw} at odds of {Odds(odds)}, which outweighs that."
            : $"{sequencer} What the model expects here does not outweigh that, so the base stays.";
    }

    private static string Odds(double logOdds) => logOdds > Math.Log(1e6) ? "over 1,000,000 to 1" : logOdds >= 0 ? $"{Math.Exp(logOdds):N0} to 1" : $"1 to {Math.Exp(-logOdds):N0}";

    private static void AppendLimits(StringBuilder html, DemoResult result) => html.Append($"""
        <section><h2>What this does not show</h2>
        <p>The model knows this one genome. On another it has nothing to go by, and a true variant in the sample may look like an error to it:
        here there are none, since the sample is a synthetic control of the reference sequence. Differences of high quality that come from copying the
        sample count as errors above, for the model too. Insertions and deletions count as errors and are not corrected.
        {result.Profile.Unplaced:N0} reads without a unique place in the genome, and read ends that do not align, are left out of the counts.</p></section>

        """);

    private static void AppendFacts(StringBuilder html, DemoResult result)
    {
        (string Name, string Value)[] facts =
        [
            ("version", $"DnaBart {RunReport.Version}"),
            ("command", RunReport.CommandLine),
            ("reads", string.Join(", ", result.Inputs.Select(Path.GetFileName))),
            ("genome", Path.GetFileName(result.Reference)),
            ("model", $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(result.Model))}, {result.Settings.WindowBases} bases at a time, threshold {result.Settings.Threshold}"),
            ("speed", $"{result.Summary.Reads / result.Seconds:N0} reads a second on {result.Device}, {result.Seconds:F0} s, {result.Summary.PassesPerRead:F1} passes of the model a read"),
            ("peak memory", $"{RunReport.PeakMemoryBytes >> 20:N0} MiB"),
        ];
        html.Append("<footer><table>");
        foreach (var (name, value) in facts)
            html.Append($"<tr><th>{name}</th><td>{WebUtility.HtmlEncode(value)}</td></tr>");
        html.Append("</table></footer>\n");
    }
}
