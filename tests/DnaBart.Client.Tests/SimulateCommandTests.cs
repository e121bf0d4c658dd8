using System.Text.Json;
using DnaBart.Fixtures;

namespace DnaBart.Client.Tests;

public class SimulateCommandTests
{
    private static readonly string PhiX = SharedData.Sample("genomes/phiX174.NC_001422.1.fa.gz");

    [Fact]
    public void Writes_reads_truth_and_variants_the_same_for_the_same_seed()
    {
        using var folder = new TemporaryFolder();
        ProcessResult Simulate(string name, string seed) => CommandLine.Run("simulate", "--reference", PhiX, "--coverage", "20", "--profile", "miseq",
            "--length", "100", "--seed", seed, "--snv-rate", "0.01", "--variants", folder[name + ".vcf"],
            "--out", folder[name + ".fq"], "--truth", folder[name + ".truth.fq"]);

        var result = Simulate("a", "4");
        Simulate("b", "4");
        Simulate("c", "5");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("1,077 reads of 5,386 bases", result.Error);
        Assert.Equal(4 * 1077, File.ReadLines(folder["a.fq"]).Count());
        foreach (var file in new[] { ".fq", ".truth.fq", ".vcf" })
        {
            Assert.Equal(File.ReadAllText(folder["a" + file]), File.ReadAllText(folder["b" + file]));
            Assert.NotEqual(File.ReadAllText(folder["a" + file]), File.ReadAllText(folder["c" + file]));
        }
    }

    [Fact]
    public void Variants_of_a_strain_with_indels_are_counted_by_its_VCF_by_its_own_genome_and_by_the_reference()
    {
        using var folder = new TemporaryFolder();
        string[] names = ["reads.fq", "truth.fq", "strain.vcf", "strain.fa", "reads.json"];
        var (reads, truth, vcf, strain, report) = (folder[names[0]], folder[names[1]], folder[names[2]], folder[names[3]], folder[names[4]]);
        var simulated = CommandLine.Run("simulate", "--reference", PhiX, "--coverage", "30", "--profile", "uniform:0", "--seed", "4", "--snv-rate", "0.01",
            "--indel-rate", "0.002", "--variants", vcf, "--strain", strain, "--out", reads, "--truth", truth);
        JsonElement Count(params string[] known)
        {
            var result = CommandLine.Run(["evaluate-correction", "--raw", reads, "--corrected", reads, "--report", report, .. known]);
            Assert.Equal((0, ""), (result.ExitCode, result.Error));
            return JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("variants");
        }

        var (listed, placed, aligned) = (Count("--truth", truth, "--variants", vcf), Count("--reference", strain, "--variants", vcf), Count("--truth", truth, "--variants", PhiX));

        Assert.Equal(0, simulated.ExitCode);
        var covered = listed.GetProperty("covered").GetInt64();
        Assert.InRange(covered, 1500, 2600);
        Assert.Equal(covered, listed.GetProperty("kept").GetInt64());
        Assert.Equal(1.0, listed.GetProperty("kept_share").GetDouble());
        Assert.Equal(listed.GetRawText(), placed.GetRawText());
        // Alignment leaves out differences close to a read's end where a gap or two of them make clipping the better score.
        Assert.InRange(aligned.GetProperty("covered").GetInt64(), 0.9 * covered, covered);
    }

    [Theory]
    [InlineData("--coverage 0", "give a larger number")]
    [InlineData("--coverage 1 --variants v.vcf", "give --snv-rate or --indel-rate")]
    [InlineData("--coverage 1 --profile pacbio", "give hiseq, miseq")]
    [InlineData("--coverage 1 --length 6000", "give a smaller --length")]
    [InlineData("--coverage 1 --length 6000 --snv-rate 0.01 --variants FOLDER/v.vcf --strain FOLDER/s.fa", "give a smaller --length")]
    [InlineData("--coverage 1e300", "give a smaller number")]
    public void Says_what_is_wrong(string options, string message)
    {
        using var folder = new TemporaryFolder();

        var result = CommandLine.Run(["simulate", "--reference", PhiX, "--out", folder["r.fq"], "--truth", folder["t.fq"], .. options.Replace("FOLDER", folder.Path).Split(' ')]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }
}
