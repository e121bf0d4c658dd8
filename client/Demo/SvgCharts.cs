using System.Globalization;
using System.Net;
using System.Text;

namespace DnaBart.Client.Demo;

/// <summary>Charts of two series, before and after, as SVG that takes its colours from the page.</summary>
internal static class SvgCharts
{
    private const double Width = 720, Height = 260, Left = 56, Right = 12, Top = 14, Bottom = 44;
    private const double PlotWidth = Width - Left - Right, PlotHeight = Height - Top - Bottom;
    private const int GridLines = 4;
    private const int Ticks = 6;

    private static readonly string[] SeriesClasses = ["before", "after"];

    /// <summary>Two lines over a numeric axis.</summary>
    /// <param name="points">By ascending x.</param>
    public static string Lines(string title, string xLabel, string yLabel, IReadOnlyList<(double X, double Before, double After)> points)
    {
        var top = NiceTop(points.Max(point => Math.Max(point.Before, point.After)));
        var (first, last) = (points[0].X, points[^1].X);
        double X(double x) => Left + PlotWidth * (last > first ? (x - first) / (last - first) : 0.5);
        var svg = Begin(title, xLabel, yLabel, top);
        var step = NiceTop((last - first) / Ticks);
        for (var value = Math.Ceiling(first / step) * step; value <= last; value += step)
            Text(svg, X(value), Top + PlotHeight + 16, "middle", value.ToString("N0"));
        for (var series = 0; series < SeriesClasses.Length; series++)
        {
            var path = points.Select(point => $"{Number(X(point.X))},{Number(Y(series == 0 ? point.Before : point.After, top))}");
            svg.Append(CultureInfo.InvariantCulture, $"<polyline class=\"line {SeriesClasses[series]}\" points=\"{string.Join(' ', path)}\"/>");
        }
        return svg.Append("</svg>").ToString();
    }

    /// <summary>Two bars for each of some classes.</summary>
    public static string Bars(string title, string xLabel, string yLabel, IReadOnlyList<(string Name, double Before, double After)> classes)
    {
        var top = NiceTop(classes.Max(one => Math.Max(one.Before, one.After)));
        var slot = PlotWidth / classes.Count;
        var bar = Math.Min(34, slot * 0.36);
        var svg = Begin(title, xLabel, yLabel, top);
        for (var i = 0; i < classes.Count; i++)
        {
            var (name, before, after) = classes[i];
            var centre = Left + slot * (i + 0.5);
            Text(svg, centre, Top + PlotHeight + 16, "middle", name);
            for (var series = 0; series < SeriesClasses.Length; series++)
            {
                var value = series == 0 ? before : after;
                var (x, y) = (centre + (series - 1) * (bar + 2) + 1, Y(value, top));
                svg.Append($"<rect class=\"{SeriesClasses[series]}\" x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(bar)}\" height=\"{Number(Top + PlotHeight - y)}\" rx=\"2\"/>");
                Text(svg, x + bar / 2, y - 4, "middle", value.ToString("N0"), "value");
            }
        }
        return svg.Append("</svg>").ToString();
    }

    private static StringBuilder Begin(string title, string xLabel, string yLabel, double top)
    {
        var svg = new StringBuilder($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(title)}\">");
        for (var i = 0; i <= GridLines; i++)
        {
            var value = top * i / GridLines;
            var y = Number(Y(value, top));
            svg.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y}\" y2=\"{y}\"/>");
            Text(svg, Left - 8, Y(value, top) + 4, "end", value.ToString(top < GridLines ? "0.##" : "N0"));
        }
        Text(svg, Left + PlotWidth / 2, Height - 8, "middle", xLabel, "axis");
        svg.Append($"<text class=\"axis\" text-anchor=\"middle\" transform=\"translate(13 {Number(Top + PlotHeight / 2)}) rotate(-90)\">{WebUtility.HtmlEncode(yLabel)}</text>");
        return svg;
    }

    private static double Y(double value, double top) => Top + PlotHeight * (1 - value / top);

    /// <summary>The next of 1, 2, 4, 5, 8 or 10 times a power of ten, so that grid lines are at round values.</summary>
    private static double NiceTop(double largest)
    {
        if (largest <= 0)
            return 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(largest)));
        return new[] { 1.0, 2, 4, 5, 8, 10 }.Select(step => step * power).First(value => value >= largest * 1.04 || value >= 10 * power);
    }

    private static void Text(StringBuilder svg, double x, double y, string anchor, string text, string? style = null) =>
        svg.Append($"<text{(style is null ? "" : $" class=\"{style}\"")} x=\"{Number(x)}\" y=\"{Number(y)}\" text-anchor=\"{anchor}\">{WebUtility.HtmlEncode(text)}</text>");

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
