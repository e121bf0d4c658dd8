using DnaBart.IO;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace DnaBart.Model.Pretraining;

/// <summary>The loss and accuracy of a run over its steps (the paper's Fig. 2), as an SVG file.</summary>
internal static class TrainingCurves
{
    /// <summary>More points than pixels make the file large and the line no clearer.</summary>
    private const int MaxPoints = 800;

    /// <summary>The workaround places text for viewers that do not know dominant-baseline.</summary>
    private static readonly SvgExporter Exporter = new() { Width = 900, Height = 480, UseVerticalTextAlignmentWorkaround = true };

    private const string AccuracyAxis = "accuracy";

    /// <summary>Draws a run from the rows of its two CSV files.</summary>
    /// <param name="losses">Step and training loss, by step.</param>
    /// <param name="accuracies">For each corruption, step and accuracy.</param>
    public static void Write(
        string path, IReadOnlyList<(long Step, double Loss)> losses, IEnumerable<(string Corruption, IReadOnlyList<(long Step, double Accuracy)> Points)> accuracies)
    {
        // The exporter lays text out by Arial's widths. The legend has room for wider fonts that a viewer may take instead.
        var plot = new PlotModel { Background = OxyColors.White, Padding = new OxyThickness(16), DefaultFont = "Arial" };
        plot.Legends.Add(new Legend { LegendPlacement = LegendPlacement.Outside, LegendPosition = LegendPosition.RightTop, LegendPadding = 40, LegendLineSpacing = 6 });
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "step", AxisTitleDistance = 8, Minimum = 0 });
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "training loss", AxisTitleDistance = 12, Minimum = 0 });
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Right, Title = "accuracy", Key = AccuracyAxis, AxisTitleDistance = 12, Minimum = 0, Maximum = 1 });
        var loss = new LineSeries { Title = "training loss", StrokeThickness = 1 };
        foreach (var points in losses.Chunk(Math.Max(1, (losses.Count + MaxPoints - 1) / MaxPoints)))
            loss.Points.Add(new DataPoint(points[^1].Step, points.Average(point => point.Loss)));
        plot.Series.Add(loss);
        foreach (var (corruption, points) in accuracies)
        {
            var series = new LineSeries { Title = $"accuracy, {corruption}", YAxisKey = AccuracyAxis, MarkerType = MarkerType.Circle, MarkerSize = 2 };
            series.Points.AddRange(points.Select(point => new DataPoint(point.Step, point.Accuracy)));
            plot.Series.Add(series);
        }
        AtomicFile.WriteAllText(path, Exporter.ExportToString(plot));
    }
}
