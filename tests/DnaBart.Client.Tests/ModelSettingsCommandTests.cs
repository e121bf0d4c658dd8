using DnaBart.Checkpoints;
using DnaBart.Correction;
using DnaBart.Fixtures;
using DnaBart.Sequences;

namespace DnaBart.Client.Tests;

public sealed class ModelSettingsCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ModelSettingsCommandTests()
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
    public void Mistakes_of_proofreading_are_counted_and_kept()
    {
        CheckpointManifest.ReplaceText(folder.Path, KnownMistakes.FileName, "");

        var result = CommandLine.Run("model", "proofread", "--model", folder.Path, "--genome", folder["part.fa"], "--device", "cpu");

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith($"{KnownMistakes.Load(folder.Path).Count} mistakes in 2,000 bases", result.Output);
        Assert.NotEmpty(File.ReadAllText(folder[KnownMistakes.FileName]));
        CheckpointManifest.Verify(folder.Path);
    }

    [Theory]
    [InlineData("proofread", "no sequence of the genome has 150 bases")]
    [InlineData("calibrate", "the genome has hardly 150 bases")]
    public void A_broken_genome_leaves_the_folder_as_it_is(string command, string message)
    {
        string[] Contents() => [.. Directory.GetFiles(folder.Path).Order().Select(File.ReadAllText)];
        File.WriteAllText(folder["short.fa"], ">s\nACGT\n");
        var before = Contents();

        var result = CommandLine.Run("model", command, "--model", folder.Path, "--genome", folder["short.fa"], "--device", "cpu");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error);
        Assert.Equal(before, Contents());
    }
}
