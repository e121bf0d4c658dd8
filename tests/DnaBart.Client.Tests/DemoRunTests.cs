using System.Text.Json;
using DnaBart.Client.Demo;
using DnaBart.Fixtures;
using DnaBart.Sequences;
using DnaBart.Torch;

namespace DnaBart.Client.Tests;

/// <summary>Counts live tensors, so no other test of this process may make any meanwhile.</summary>
[CollectionDefinition(nameof(DemoRunTests), DisableParallelization = true)]
public sealed class DemoRunCollection;

[Collection(nameof(DemoRunTests))]
public sealed class DemoRunTests : IDisposable
{
    private const int Pairs = 60;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Reads_and_reports_are_written_and_the_page_shows_the_runs_figures_and_loads_nothing()
    {
        var reference = SharedData.Sample("genomes/SARS-CoV-2.NC_045512.2.fa.gz");
        var model = Path.Combine(SharedData.Root, "models", "sars-cov-2");
        var before = TensorCount.Settled();

        var result = new DemoRun([Excerpt("reads_R1.fastq.gz"), Excerpt("reads_R2.fastq.gz")], reference, model, folder["out"], threads: 2)
            .Run("cpu", CancellationToken.None);
        var page = File.ReadAllText(Path.Combine(folder["out"], "report.html"));
        var report = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["out"], "report.json"))).RootElement;
        var m = result.Profile.Metrics;

        Assert.Equal(before, torch.LiveTensors);
        Assert.Equal(2 * Pairs, m.Reads);
        Assert.True(m.TruePositives > 0 && m.ErrorsAfter < m.ErrorsBefore, $"{m}");
        Assert.Equal(m.FalsePositives, report.GetProperty("metrics").GetProperty("false_positives").GetInt64());
        Assert.Equal((m.ErrorsBefore, m.ErrorsAfter), (result.Profile.ByPosition.Sum(p => p.Before), result.Profile.ByQuality.Sum(q => q.After)));
        Assert.Contains($"{m.FalsePositives:N0} right bases made wrong", page);
        Assert.Contains($"{m.ErrorsBefore:N0} errors became {m.ErrorsAfter:N0}", page);
        Assert.Contains("Put right</span>", page);
        Assert.DoesNotMatch(@"(?i)https?:|src=|href=|url\(|@import", page);
        using var corrected = FastqReader.Open(Path.Combine(folder["out"], "corrected_reads_R2.fastq"));
        Assert.Equal(Pairs, corrected.ReadAll().Count());
    }

    [Fact]
    public void A_missing_model_says_how_it_is_made()
    {
        var result = CommandLine.Run("demo", "--model", folder["none"], "--out", folder["out"]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("pretrain --recipe recipes/sars-cov-2.json", result.Error);
        Assert.False(Directory.Exists(folder["out"]));
    }

    private string Excerpt(string name)
    {
        var path = folder[Path.GetFileNameWithoutExtension(name)];
        using var reader = FastqReader.Open(SharedData.Sample($"sars_cov_2/{name}"));
        using var writer = new ReadWriter(path);
        foreach (var read in reader.ReadAll().Take(Pairs))
            writer.Write(read);
        writer.Commit();
        return path;
    }
}
