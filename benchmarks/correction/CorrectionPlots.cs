using DnaBart.IO;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;

namespace DnaBart.Benchmarks.Correction;

/// <summary>What the plots of correction have in common: gain upwards, a legend beside it, one palette.</summary>
internal static class CorrectionPlots
{
    // Okabe and Ito's colours, told apart by all kinds of eyes, without the yellow that is lost on white, and a grey.
    private static readonly OxyColor[] Colours =
    [
        OxyColor.FromRgb(0, 114, 178), OxyColor.FromRgb(213, 94, 0), OxyColor.FromRgb(0, 158, 115), OxyColor.FromRgb(204, 121, 167),
        OxyColor.FromRgb(86, 180, 233), OxyColor.FromRgb(230, 159, 0), OxyColor.FromRgb(0, 0, 0), OxyColor.FromRgb(128, 128, 128),
    ];

    /// <summary>Coverage is drawn by powers.</summary>
    public static LogarithmicAxis CoverageAxis() => new() { Position = AxisPosition.Bottom, Title = "coverage", AxisTitleDistance = 8 };

    public static PlotModel New(Axis bottom, double lowestGain)
    {
        var plot = new PlotModel { Background = OxyColors.White, Padding = new OxyThickness(16), DefaultFont = "Arial", DefaultColors = Colours };
        plot.Legends.Add(new Legend { LegendPlacement = LegendPlacement.Outside, LegendPosition = LegendPosition.RightTop, LegendPadding = 40, LegendLineSpacing = 4, LegendFontSize = 10 });
        plot.Axes.Add(bottom);
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "gain", AxisTitleDistance = 12, Minimum = lowestGain, Maximum = 1.02, MajorGridlineStyle = LineStyle.Solid, MajorGridlineColor = OxyColors.LightGray });
        return plot;
    }

    public static void Write(string path, PlotModel plot) =>
        AtomicFile.WriteAllText(path, new SvgExporter { Width = 1000, Height = 520, UseVerticalTextAlignmentWorkaround = true }.ExportToString(plot));
}
