using System.Text.Json;
using DnaBart.Fixtures;

namespace DnaBart.Client.Tests;

public sealed class EvaluateCorrectionCommandTests : IDisposable
{
    private const string Raw1 = "sars_cov_2/reads_R1.fastq.gz";
    private const string Raw2 = "sars_cov_2/reads_R2.fastq.gz";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Real_reads_against_their_genome()
    {
        string[] reads = [SharedData.Sample(Raw1), SharedData.Sample(Raw2)];
        var result = CommandLine.Run(["evaluate-correction", "--raw", .. reads, "--corrected", .. reads,
            "--reference", SharedData.Sample("genomes/SARS-CoV-2.NC_045512.2.fa.gz"), "--report", folder["report.json"]]);
        var metrics = JsonDocument.Parse(File.ReadAllText(folder["report.json"])).RootElement.GetProperty("metrics");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Matches(@"(?m)^reads +4,000$", result.Output);
        Assert.Matches(@"(?m)^gain +0\.0000$", result.Output);
        // bwa mem finds 0.117 % in the whole set.
        Assert.InRange(metrics.GetProperty("error_rate_before").GetDouble(), 0.0010, 0.0013);
        Assert.Equal("NaN", metrics.GetProperty("precision").GetString());
    }

    [Fact]
    public void Either_a_reference_or_a_truth_is_asked_for()
    {
        var result = CommandLine.Run("evaluate-correction", "--raw", SharedData.Sample(Raw1), "--corrected", SharedData.Sample(Raw1));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--reference", result.Error);
    }

    [Theory]
    [InlineData("--reference")]
    [InlineData("--variants")]
    public void A_report_is_not_written_over_a_genome(string option)
    {
        File.Copy(SharedData.Sample("genomes/SARS-CoV-2.NC_045512.2.fa.gz"), folder["genome.fa.gz"]);
        var before = File.ReadAllBytes(folder["genome.fa.gz"]);
        string[] truth = option == "--reference" ? [] : ["--truth", SharedData.Sample(Raw1)];

        var result = CommandLine.Run(["evaluate-correction", "--raw", SharedData.Sample(Raw1), "--corrected", SharedData.Sample(Raw1), .. truth,
            option, folder["genome.fa.gz"], "--report", folder["genome.fa.gz"]]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("is also an input", result.Error);
        Assert.Equal(before, File.ReadAllBytes(folder["genome.fa.gz"]));
    }
}
