using System.Globalization;
using System.Text;
using DnaBart.IO;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace DnaBart.Benchmarks.Correction;

/// <summary>The matrix as Markdown and plots.</summary>
internal static class MatrixReport
{
    public const string Model = "model", Spectrum = "no model", Alignment = "alignment";

    public static IReadOnlyList<string> Correctors { get; } = [Spectrum, Model];

    private const double LowestGain = -0.1;

    // Yeast at 1x, overwritten below Q20 and Q25 where bwa mem aligned it (ANCHORS).
    private static readonly (double Kept, double Gain)[] AlignedYeast = [(0.981, 0.731), (0.964, 0.728)];

    public static void Write(string folder, IReadOnlyList<MatrixResult> results)
    {
        AtomicFile.WriteAllText(Path.Combine(folder, "matrix.md"), Markdown(results));
        foreach (var corrector in Correctors)
        {
            var file = corrector == Model ? "gain-by-coverage-model.svg" : "gain-by-coverage.svg";
            CorrectionPlots.Write(Path.Combine(folder, file), GainByCoverage(results.Where(result => result.Set.Corrector == corrector && result.Set.Kind == MatrixKind.Errors)));
        }
        CorrectionPlots.Write(Path.Combine(folder, "variants-kept.svg"), GainByKept(results.Where(result => result.Set.Kind == MatrixKind.Strain)));
    }

    private static string Markdown(IReadOnlyList<MatrixResult> results)
    {
        var text = new StringBuilder("Written by `benchmarks/correction/matrix`. HS25 and MSv3 are ART's (without indels); uniform: 0.5 % errors, quality as told; wgsim: 0.5 % errors,\n"
            + "all of quality 17, which would be 2 %. Gain, and in brackets the bases made wrong. The model is the one of SARS-CoV-2.\n");
        foreach (var corrector in Correctors)
        {
            var rows = results.Where(result => result.Set.Corrector == corrector && result.Set.Kind == MatrixKind.Errors).ToList();
            if (rows.Count == 0)
                continue;
            var coverages = rows.Select(result => result.Set.Coverage).Distinct().Order().ToList();
            text.Append($"\n### {Title(corrector)}\n\n| genome, reads |{string.Concat(coverages.Select(coverage => $" {Number(coverage)}x |"))}\n|---|{string.Concat(coverages.Select(_ => "---|"))}\n");
            foreach (var line in rows.GroupBy(result => result.Set.Genome).SelectMany(genome => genome.GroupBy(result => (result.Set.Genome, result.Set.System))))
            {
                text.Append($"| {line.Key.Genome}, {line.Key.System} |");
                foreach (var coverage in coverages)
                    text.Append($" {(line.FirstOrDefault(result => result.Set.Coverage == coverage) is { } result ? Gain(result) : "")} |");
                text.Append('\n');
            }
            var (lowest, wrong) = (rows.MinBy(result => result.Gain)!, rows.Where(result => result.Gain < 0).ToList());
            text.Append($"\n{rows.Count} sets, {rows.Sum(result => result.Bases):N0} bases; {wrong.Count} with a gain below 0; the lowest is {lowest.Gain:F4} "
                + $"({lowest.Set.Genome}, {lowest.Set.System}, {Number(lowest.Set.Coverage)}x).\n");
        }
        AppendErrorFree(text, results);
        AppendStrain(text, results);
        return text.ToString();
    }

    private static void AppendErrorFree(StringBuilder text, IReadOnlyList<MatrixResult> results)
    {
        text.Append("\n### Reads without errors\n\nHS25's qualities, no errors: bases changed of all bases.\n\n| genome | coverage | no model | model | reads that took the model |\n|---|---|---|---|---|\n");
        var sets = results.Where(result => result.Set.Kind == MatrixKind.ErrorFree).ToList();
        foreach (var row in sets.GroupBy(result => (result.Set.Genome, result.Set.Coverage)))
        {
            text.Append($"| {row.Key.Genome} | {Number(row.Key.Coverage)}x | {Changed(row, Spectrum)} | {Changed(row, Model)} | "
                + $"{(row.FirstOrDefault(result => result.Set.Corrector == Model) is { } model ? $"{(double)model.ModelReads / model.Reads:P1}" : "")} |\n");
        }
        text.Append($"| all | | {Changed(sets, Spectrum)} | {Changed(sets, Model)} | |\n");
    }

    private static string Changed(IEnumerable<MatrixResult> results, string corrector)
    {
        var rows = results.Where(result => result.Set.Corrector == corrector).ToList();
        return rows.Count == 0 ? "" : $"{rows.Sum(result => result.FalsePositives)} of {rows.Sum(result => result.Bases):N0}";
    }

    private static void AppendStrain(StringBuilder text, IReadOnlyList<MatrixResult> results)
    {
        text.Append("\n### A strain of the known genome, 0.5 % SNVs\n\nHS25. Alignment: every read at its true place, bases below a quality overwritten by the reference's.\n\n"
            + "| coverage | corrector | gain | variant bases kept | of | bases made wrong | reads that took the model |\n|---|---|---|---|---|---|---|\n");
        foreach (var result in results.Where(result => result.Set.Kind == MatrixKind.Strain).OrderBy(result => result.Set.Coverage).ThenBy(result => result.Set.Corrector).ThenBy(result => result.Set.Threshold))
        {
            var variants = result.Variants!.Value;
            text.Append($"| {Number(result.Set.Coverage)}x | {Name(result.Set)} | {result.Gain:F4} | {variants.KeptShare:P2} | {variants.Shown:N0} | {result.FalsePositives} | "
                + $"{(result.Set.Corrector == Model ? $"{(double)result.ModelReads / result.Reads:P1}" : "")} |\n");
        }
    }

    private static string Name(MatrixSet set) => set switch
    {
        { Corrector: Alignment, Threshold: >= 94 } => "alignment, all bases",
        { Corrector: Alignment } => $"alignment, below Q{set.Threshold}",
        { Threshold: { } threshold } => $"{set.Corrector}, threshold {Number(threshold)}",
        _ => $"{set.Corrector}, default",
    };

    private static string Gain(MatrixResult result)
    {
        var shown = $"{result.Gain.ToString("F3", CultureInfo.InvariantCulture)} ({result.FalsePositives})";
        return result.Gain < 0 ? $"**{shown}**" : shown;
    }

    private static string Title(string corrector) => corrector == Model ? "The model joined with the other reads" : "The other reads alone (`--no-model`)";

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static PlotModel GainByCoverage(IEnumerable<MatrixResult> results)
    {
        var plot = CorrectionPlots.New(CorrectionPlots.CoverageAxis(), LowestGain);
        var colours = new Dictionary<string, OxyColor>();
        foreach (var genome in results.Where(result => result.Set.System is "HS25" or "MSv3").GroupBy(result => (result.Set.Genome, result.Set.System)))
        {
            colours.TryAdd(genome.Key.Genome, plot.DefaultColors[colours.Count % plot.DefaultColors.Count]);
            var series = new LineSeries
            {
                Color = colours[genome.Key.Genome],
                Title = $"{genome.Key.Genome}, {genome.Key.System}", MarkerType = MarkerType.Circle, MarkerSize = 2,
                LineStyle = genome.Key.System == "HS25" ? LineStyle.Solid : LineStyle.Dash,
            };
            series.Points.AddRange(genome.OrderBy(result => result.Set.Coverage).Select(result => new DataPoint(result.Set.Coverage, result.Gain)));
            plot.Series.Add(series);
        }
        return plot;
    }

    private static PlotModel GainByKept(IEnumerable<MatrixResult> results)
    {
        var plot = CorrectionPlots.New(new LinearAxis { Position = AxisPosition.Bottom, Title = "share of true variant bases kept", AxisTitleDistance = 8, Minimum = 0.9, Maximum = 1.002 }, LowestGain);
        foreach (var curve in results.GroupBy(result => (result.Set.Coverage, result.Set.Corrector)).OrderBy(curve => curve.Key))
        {
            var series = new LineSeries
            {
                Title = $"{curve.Key.Corrector}, {Number(curve.Key.Coverage)}x", MarkerType = MarkerType.Circle, MarkerSize = 3,
                LineStyle = curve.Key.Corrector == Alignment ? LineStyle.Dot : LineStyle.Solid,
            };
            series.Points.AddRange(curve.OrderBy(result => result.Variants!.Value.KeptShare).Select(result => new DataPoint(result.Variants!.Value.KeptShare, result.Gain)));
            plot.Series.Add(series);
        }
        var yeast = new ScatterSeries { Title = "bwa mem, below Q20 and Q25, yeast 1x", MarkerType = MarkerType.Diamond, MarkerSize = 6, MarkerFill = OxyColors.Black };
        yeast.Points.AddRange(AlignedYeast.Select(point => new ScatterPoint(point.Kept, point.Gain)));
        plot.Series.Add(yeast);
        return plot;
    }
}
