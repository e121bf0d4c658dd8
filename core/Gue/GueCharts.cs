using System.Globalization;
using System.Net;
using System.Text;

namespace DnaBart.Gue;

/// <summary>The report's plots as SVG text that needs nothing from outside. Colours come from the page's style sheet (classes s0, s1, ...).</summary>
internal static class GueCharts
{
    private const double Height = 220, Left = 40, Top = 10, Bottom = 30, LetterWidth = 6.5;

    /// <summary>Groups of bars, one bar a series; a missing value leaves a gap, a series without any value none. Values are in percent.</summary>
    public static string Bars(IReadOnlyList<string> groups, IReadOnlyList<string> series, Func<int, int, double?> value)
    {
        var barWidth = 14.0;
        var shown = Enumerable.Range(0, series.Count).Where(s => Enumerable.Range(0, groups.Count).Any(g => value(g, s) is not null)).ToList();
        var groupWidth = Math.Max((shown.Count * barWidth) + 16, (groups.Max(name => name.Length) * LetterWidth) + 10);
        var width = Left + (groups.Count * groupWidth) + 10;
        var cells = from g in Enumerable.Range(0, groups.Count) from s in shown select (g, s, v: value(g, s));
        var lowest = Math.Min(0, Math.Floor(cells.Min(c => c.v ?? 0) / 20) * 20);
        double Y(double figure) => Top + ((100 - figure) / (100 - lowest) * (Height - Top - Bottom));

        var svg = Open(width);
        for (var tick = lowest; tick <= 100; tick += 20)
            Tick(svg, width, Y(tick), F(tick));
        foreach (var (g, s, v) in cells)
        {
            if (v is not { } figure)
                continue;
            var x = Left + 8 + (g * groupWidth) + (shown.IndexOf(s) * barWidth);
            var (high, low) = (Y(Math.Max(figure, 0)), Y(Math.Min(figure, 0)));
            svg.Append($"<rect class=\"s{s}\" x=\"{F(x)}\" y=\"{F(high)}\" width=\"{F(barWidth - 2)}\" height=\"{F(low - high)}\">");
            svg.Append($"<title>{Text(groups[g])}, {Text(series[s])}: {F(figure)}</title></rect>");
        }
        for (var g = 0; g < groups.Count; g++)
            svg.Append($"<text x=\"{F(Left + (groupWidth * (g + 0.5)))}\" y=\"{F(Height - 10)}\" text-anchor=\"middle\">{Text(groups[g])}</text>");
        return svg.Append("</svg>").ToString();
    }

    /// <summary>Curves over a common x axis of whole numbers; each line has points (x, y) and the number of its colour.</summary>
    public static string Lines(IReadOnlyList<(string Name, int Colour, IReadOnlyList<(double X, double Y)> Points)> lines)
    {
        const double Width = 420;
        var points = lines.SelectMany(l => l.Points).ToList();
        var (firstX, lastX, lowY, highY) = (points.Min(p => p.X), points.Max(p => p.X), points.Min(p => p.Y), points.Max(p => p.Y));
        double X(double x) => Left + 10 + ((x - firstX) / Math.Max(lastX - firstX, 1e-9) * (Width - Left - 40));
        double Y(double y) => Top + ((highY - y) / Math.Max(highY - lowY, 1e-9) * (Height - Top - Bottom));

        var svg = Open(Width);
        foreach (var tick in new[] { lowY, (lowY + highY) / 2, highY })
            Tick(svg, Width, Y(tick), tick.ToString("F2", CultureInfo.InvariantCulture));
        foreach (var x in lines[0].Points.Select(p => p.X).Where(x => x == firstX || x == lastX || lines[0].Points.Count <= 10))
            svg.Append($"<text x=\"{F(X(x))}\" y=\"{F(Height - 10)}\" text-anchor=\"middle\">{F(x)}</text>");
        foreach (var (name, colour, line) in lines)
            svg.Append($"<polyline class=\"l{colour}\" points=\"{string.Join(' ', line.Select(p => $"{F(X(p.X))},{F(Y(p.Y))}"))}\"><title>{Text(name)}</title></polyline>");
        return svg.Append("</svg>").ToString();
    }

    private static StringBuilder Open(double width) =>
        new($"<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{F(width)}\" height=\"{F(Height)}\" viewBox=\"0 0 {F(width)} {F(Height)}\">");

    private static void Tick(StringBuilder svg, double width, double y, string label) => svg.Append(
        $"<line class=\"grid\" x1=\"{F(Left)}\" x2=\"{F(width - 5)}\" y1=\"{F(y)}\" y2=\"{F(y)}\"/><text x=\"{F(Left - 4)}\" y=\"{F(y + 4)}\" text-anchor=\"end\">{label}</text>");

    private static string F(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
