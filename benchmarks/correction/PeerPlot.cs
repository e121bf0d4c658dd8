using System.Globalization;
using System.Text.RegularExpressions;
using DnaBart.IO;
using OxyPlot;
using OxyPlot.Series;

namespace DnaBart.Benchmarks.Correction;

/// <summary>Gain by coverage, a line a corrector, from the tables that <c>benchmarks/correction/run</c> prints.</summary>
internal static partial class PeerPlot
{
    /// <exception cref="InputException">The file holds no such table.</exception>
    public static void Draw(string tables, string output)
    {
        var gains = Parse(tables).ToList();
        if (gains.Count == 0)
            throw new InputException($"{tables}: no table of benchmarks/correction/run in it");
        var plot = CorrectionPlots.New(CorrectionPlots.CoverageAxis(), lowestGain: -0.2);
        foreach (var corrector in gains.GroupBy(row => row.Corrector))
        {
            var ours = corrector.Key.StartsWith("DnaBart", StringComparison.Ordinal);
            var series = new LineSeries
            {
                Title = corrector.Key, MarkerType = MarkerType.Circle, MarkerSize = ours ? 4 : 2.5, StrokeThickness = ours ? 3 : 1.5,
                LineStyle = ours ? LineStyle.Solid : LineStyle.Dash,
            };
            series.Points.AddRange(corrector.OrderBy(row => row.Coverage).Select(row => new DataPoint(row.Coverage, row.Gain)));
            plot.Series.Add(series);
        }
        CorrectionPlots.Write(output, plot);
    }

    private static IEnumerable<(string Corrector, double Coverage, double Gain)> Parse(string tables)
    {
        double? coverage = null;
        foreach (var line in File.ReadLines(tables))
        {
            if (Heading().Match(line) is { Success: true } heading)
                coverage = double.Parse(heading.Groups["coverage"].ValueSpan, CultureInfo.InvariantCulture);
            else if (coverage is { } known && Row().Match(line) is { Success: true } row)
                yield return (row.Groups["corrector"].Value, known, double.Parse(row.Groups["gain"].ValueSpan, CultureInfo.InvariantCulture));
        }
    }

    [GeneratedRegex(@"^### .*, (?<coverage>[0-9.]+)x, \d+ reads$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\| (?<corrector>[^|]+) \| (?<gain>-?[0-9.]+) \|")]
    private static partial Regex Row();
}
