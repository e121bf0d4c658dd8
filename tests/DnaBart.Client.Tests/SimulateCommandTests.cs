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

    [Theory]
    [InlineData("--coverage 0", "give a larger number")]
    [InlineData("--coverage 1 --variants v.vcf", "give --snv-rate or --indel-rate")]
    [InlineData("--coverage 1 --profile pacbio", "give hiseq, miseq")]
    [InlineData("--coverage 1 --length 6000", "give a smaller --length")]
    public void Says_what_is_wrong(string options, string message)
    {
        using var folder = new TemporaryFolder();

        var result = CommandLine.Run(["simulate", "--reference", PhiX, "--out", folder["r.fq"], "--truth", folder["t.fq"], .. options.Split(' ')]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }
}
