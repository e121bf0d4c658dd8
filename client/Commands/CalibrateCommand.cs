using System.CommandLine;
using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Model;
using DnaBart.Sequences;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart model calibrate</c>: finds by simulated reads the settings with which a model corrects best, and keeps them in its
/// folder.</summary>
internal static class CalibrateCommand
{
    private const int RowsShown = 15;

    private sealed record Settings(string Model, string[] Genome, int Reads, ulong Seed, string? Device, int Threads);

    public static Command Create()
    {
        var model = ModelOptions.Model();
        var genome = ModelOptions.TrainingGenome();
        var reads = new Option<int>("--reads") { Description = "Simulated reads of each of the 12 kinds", DefaultValueFactory = _ => 2000 }.AtLeast(1);
        var seed = new Option<ulong>("--seed") { Description = "The same seed gives the same reads", DefaultValueFactory = _ => 1 };
        var device = ModelOptions.Device();
        var threads = ModelOptions.Threads();
        var command = new Command("calibrate",
            "Choose threshold, quality_weight and model_offset of a model's correction.json: reads of its genome, of a strain of it and of the genome "
            + "read backwards are simulated (hiseq and miseq, 1x and 5x) and corrected with many settings. Of those that lower no set's gain below 0 and make at "
            + $"most {CorrectionCalibration.MostWrongPerMillion:0} bases in a million more of what the model does not know wrong than any others, the best by mean gain are kept")
        {
            model, genome, reads, seed, device, threads,
        };
        command.SetAction((parseResult, cancellation) => Run(
            new Settings(
                parseResult.GetRequiredValue(model),
                parseResult.GetRequiredValue(genome),
                parseResult.GetValue(reads),
                parseResult.GetValue(seed),
                parseResult.GetValue(device),
                parseResult.GetValue(threads)),
            cancellation));
        return command;
    }

    private static void Run(Settings settings, CancellationToken cancellation)
    {
        using var model = CorrectionModel.Load(settings.Model, settings.Device);
        var genome = FastaReader.ReadFiles(settings.Genome);
        IReadOnlyList<CalibrationRow> rows;
        using (var status = new StatusLine())
        {
            rows = model.NewCalibration(settings.Threads).Run(
                CorrectionCalibration.Grid(model.Settings), genome, settings.Reads, settings.Seed, status.Show, cancellation);
        }
        var chosen = CorrectionCalibration.Choose(rows);
        Console.WriteLine("model_offset  quality_weight  threshold  mean gain  lowest  wrong/M known  foreign  strain  variants kept");
        foreach (var row in rows.OrderByDescending(row => row.MeanGain).Where((row, rank) => rank < RowsShown || row == chosen || row == rows[0]))
            Console.WriteLine(Line(row) + (row == chosen ? "  chosen" : "") + (row == rows[0] ? "  before" : ""));
        if (chosen is null)
            throw new InputException($"no settings are good enough for every set; {Path.Combine(settings.Model, CorrectionSettings.FileName)} stays as it was. Train the model longer");
        Console.WriteLine($"\n{"reads of",-10}{"profile",-9}{"coverage",-10}{"gain before",-13}{"after",-9}made wrong before -> after");
        foreach (var (before, after) in rows[0].Cells.Zip(chosen.Cells))
        {
            var (was, now) = (before.Evaluation.Metrics, after.Evaluation.Metrics);
            Console.WriteLine($"{after.Origin.ToString().ToLowerInvariant(),-10}{after.Profile,-9}{after.Coverage + "x",-10}{was.Gain,-13:F4}{now.Gain,-9:F4}"
                + $"{was.FalsePositives} -> {now.FalsePositives} of {now.Bases:N0}");
        }
        chosen.Settings.Save(settings.Model);
    }

    private static string Line(CalibrationRow row) =>
        $"{row.Settings.ModelOffset,-14}{row.Settings.QualityWeight,-16}{row.Settings.Threshold,-11}{row.MeanGain,-11:F4}{row.LowestGain,-8:F4}"
        + $"{row.MadeWrongPerMillion(CalibrationOrigin.Known),-15:F1}{row.MadeWrongPerMillion(CalibrationOrigin.Foreign),-9:F1}"
        + $"{row.MadeWrongPerMillion(CalibrationOrigin.Strain),-8:F0}{row.KeptShare:P2}";
}
