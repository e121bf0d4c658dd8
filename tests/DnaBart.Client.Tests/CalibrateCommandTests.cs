using DnaBart.Checkpoints;
using DnaBart.Correction;
using DnaBart.Fixtures;
using DnaBart.Sequences;

namespace DnaBart.Client.Tests;

public sealed class CalibrateCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public CalibrateCommandTests()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(SharedData.Root, "models", "sars-cov-2")))
            File.Copy(file, folder[Path.GetFileName(file)]);
        using var reader = FastaReader.Open(SharedData.Sample("genomes/SARS-CoV-2.NC_045512.2.fa.gz"));
        var genome = reader.ReadAll().Single();
        File.WriteAllText(folder["part.fa"], $">part\n{System.Text.Encoding.ASCII.GetString(genome.Bases, 10_000, 2000)}\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Settings_are_chosen_shown_and_kept()
    {
        new CorrectionSettings(150, Threshold: 500, QualityWeight: 1, ModelOffset: 0).Save(folder.Path);

        var result = CommandLine.Run("model", "calibrate", "--model", folder.Path, "--genome", folder["part.fa"], "--reads", "1", "--device", "cpu");

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"(?m)^0 +1 +500 .* before$", result.Output);
        Assert.Matches(@"(?m) chosen$", result.Output);
        Assert.Matches(@"(?m)^known +hiseq +1x +\S+ +\S+ +\d+ -> \d+ of ", result.Output);
        var kept = CorrectionSettings.Load(folder.Path);
        CheckpointManifest.Verify(folder.Path);
        Assert.Equal(150, kept.WindowBases);
        Assert.InRange(kept.Threshold, -10, 10);
    }

    [Fact]
    public void A_broken_genome_leaves_the_settings_as_they_are()
    {
        var before = File.ReadAllText(folder[CorrectionSettings.FileName]);
        File.WriteAllText(folder["short.fa"], ">s\nACGT\n");

        var result = CommandLine.Run("model", "calibrate", "--model", folder.Path, "--genome", folder["short.fa"], "--device", "cpu");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("no sequence of the reference has 150 bases", result.Error);
        Assert.Equal(before, File.ReadAllText(folder[CorrectionSettings.FileName]));
    }
}
