using System.Text.Json;
using DnaBart.Fixtures;

namespace DnaBart.Client.Tests;

/// <summary><c>dnabart correct --no-model</c> as a user runs it.</summary>
public sealed class CorrectWithoutModelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Corrects_deep_reads_and_reports_what_it_did()
    {
        Simulate("30");

        var result = CommandLine.Run("correct", "--no-model", "--genome-size", "5386", folder["reads.fq"], "-o", folder["out.fq"], "--report", folder["report.json"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("distinct 31-mers", result.Error);
        Assert.DoesNotContain("overlap too little", result.Error);
        var (before, after) = (Errors("reads.fq"), Errors("out.fq"));
        Assert.InRange(after, 0, before / 20);
        var report = JsonDocument.Parse(File.ReadAllText(folder["report.json"])).RootElement;
        Assert.Equal(31, report.GetProperty("k").GetInt32());
        Assert.Equal(1077, report.GetProperty("reads").GetInt32());
        Assert.InRange(report.GetProperty("changed_bases").GetInt32(), before - after, before + after);
        Assert.False(report.TryGetProperty("model", out _));
    }

    [Theory]
    [InlineData("3", "")]
    [InlineData("30", "--indels")]
    public void Takes_k_from_the_genomes_size_where_reads_are_not_deep_or_indels_are_sought(string coverage, string option)
    {
        Simulate(coverage);

        var result = CommandLine.Run(["correct", "--no-model", "--genome-size", "5386", folder["reads.fq"], "-o", folder["out.fq"], .. option.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Contains("distinct 17-mers", result.Error);
    }

    /// <summary>Nine molecules, and one in which copying changed a base: both of its mates show that.</summary>
    [Fact]
    public void Knows_mates_by_two_files_or_as_interleaved()
    {
        var genome = new Random(4).GetString("ACGT", 120);
        var (first, second) = (new List<string>(), new List<string>());
        for (var i = 0; i < 10; i++)
        {
            var molecule = i == 6 ? genome[..50] + Partner(genome[50]) + genome[51..] : genome;
            first.Add($"@{i}/1\n{molecule}\n+\n{new string('G', 120)}\n");
            second.Add($"@{i}/2\n{string.Concat(molecule.Reverse().Select(Partner))}\n+\n{new string('G', 120)}\n");
        }
        File.WriteAllText(folder["r1.fq"], string.Concat(first));
        File.WriteAllText(folder["r2.fq"], string.Concat(second));
        File.WriteAllText(folder["both.fq"], string.Concat(first.Zip(second, (one, other) => one + other)));

        Correct(folder["r1.fq"], folder["r2.fq"], "-o", folder["c1.fq"], "-o", folder["c2.fq"]);
        Correct("--interleaved", folder["both.fq"], "-o", folder["interleaved.fq"]);
        Correct(folder["both.fq"], "-o", folder["single.fq"]);

        Assert.All(Sequences("c1.fq"), bases => Assert.Equal(genome, bases));
        Assert.Equal(Sequences("c1.fq").Zip(Sequences("c2.fq"), (one, other) => new[] { one, other }).SelectMany(pair => pair), Sequences("interleaved.fq"));
        Assert.Equal(File.ReadAllText(folder["both.fq"]), File.ReadAllText(folder["single.fq"]));

        static char Partner(char letter) => "TGCA"["ACGT".IndexOf(letter)];
        static void Correct(params string[] arguments) => Assert.Equal(0, CommandLine.Run(["correct", "--no-model", .. arguments]).ExitCode);
    }

    [Fact]
    public void Corrects_reads_of_FASTA()
    {
        Simulate("30");
        File.WriteAllLines(folder["reads.fa"], File.ReadLines(folder["reads.fq"]).Where((_, i) => i % 4 < 2).Select((line, i) => i % 2 == 0 ? ">" + line[1..] : line));
        File.WriteAllLines(folder["alike.fq"], File.ReadLines(folder["reads.fq"]).Select((line, i) => i % 4 == 3 ? new string('?', line.Length) : line));

        foreach (var name in new[] { "reads.fa", "alike.fq" })
            Assert.Equal(0, CommandLine.Run("correct", "--no-model", folder[name], "-o", folder["out." + name]).ExitCode);

        var corrected = File.ReadAllLines(folder["out.reads.fa"]);
        Assert.Equal(File.ReadLines(folder["reads.fa"]).Where((_, i) => i % 2 == 0), corrected.Where((_, i) => i % 2 == 0));
        Assert.Equal(Sequences("out.alike.fq"), corrected.Where((_, i) => i % 2 == 1));
        Assert.InRange(Errors("out.alike.fq"), 0, Errors("reads.fq") / 20);
        var evaluated = CommandLine.Run("evaluate-correction", "--raw", folder["reads.fa"], "--corrected", folder["out.reads.fa"], "--truth", folder["truth.fq"]);
        Assert.Equal(0, evaluated.ExitCode);
    }

    [Fact]
    public void Says_that_the_coverage_is_too_low()
    {
        Simulate("0.5");

        var result = CommandLine.Run("correct", "--no-model", folder["reads.fq"], "-o", folder["out.fq"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("overlap too little", result.Error);
        Assert.InRange(Errors("out.fq"), 0, Errors("reads.fq"));
    }

    [Fact]
    public void Says_once_that_qualities_look_like_Phred_plus_64()
    {
        Simulate("3");
        File.WriteAllLines(folder["old.fq"], File.ReadLines(folder["reads.fq"]).Select((line, i) => i % 4 == 3 ? string.Concat(line.Select(letter => (char)(letter + 31))) : line));

        var results = new[] { "old.fq", "reads.fq" }.Select(name => CommandLine.Run("correct", "--no-model", folder[name], "-o", folder["out.fq"])).ToList();

        Assert.Equal([0, 0], results.Select(result => result.ExitCode));
        Assert.Single(results[0].Error.Split('\n'), line => line.Contains("seqtk seq -Q64 -V"));
        Assert.DoesNotContain("Phred", results[1].Error);
    }

    [Fact]
    public void Says_what_takes_the_memory_where_it_does_not_suffice()
    {
        File.WriteAllText(folder["long.fq"], $"@r\n{new string('A', 50_000_000)}\n+\n{new string('I', 50_000_000)}\n");
        var start = CommandLine.Start("correct", "--no-model", folder["long.fq"], "-o", folder["out.fq"]);
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x4000000";

        var result = CommandLine.RunProcess(start);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("out of memory", Assert.Single(result.Error.TrimEnd().Split('\n')));
        Assert.Contains("k-mers of all reads", result.Error);
        Assert.Equal(["long.fq"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("--no-model - -o out.fq", "reads its input twice")]
    [InlineData("reads.fq -o out.fq", "give --model FOLDER, --server URL, or --no-model")]
    [InlineData("--server http://127.0.0.1:1 --no-model reads.fq -o out.fq", "do not go with --server")]
    [InlineData("--server nowhere reads.fq -o out.fq", "the address of a server expected")]
    [InlineData("--no-model --model m reads.fq -o out.fq", "give --model FOLDER, --server URL, or --no-model")]
    [InlineData("--no-model --kmer 20 reads.fq -o out.fq", "an odd number from 11 to 31")]
    [InlineData("--server http://127.0.0.1:1 --kmer 21 reads.fq -o out.fq", "do not go with --server")]
    [InlineData("--no-model --divergence 0.01 reads.fq -o out.fq", "does not go with --no-model")]
    [InlineData("--no-model --device cpu reads.fq -o out.fq", "does not go with --no-model")]
    [InlineData("--no-model --kmer 21 --genome-size 5386 reads.fq -o out.fq", "give one of them")]
    [InlineData("--model m --kmer 21 - -o out.fq", "no standard input or pipe")]
    [InlineData("--model m --genome-size 5386 - -o out.fq", "no standard input or pipe")]
    [InlineData("--model m --divergence 0 reads.fq -o out.fq", "above 0 and at most 0.5 expected")]
    public void Says_what_is_wrong(string options, string message)
    {
        var result = CommandLine.Run(["correct", .. options.Split(' ')]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error);
    }

    private void Simulate(string coverage) => Assert.Equal(0, CommandLine.Run("simulate", "--reference", SharedData.Sample("genomes/phiX174.NC_001422.1.fa.gz"),
        "--profile", "hiseq", "--coverage", coverage, "--out", folder["reads.fq"], "--truth", folder["truth.fq"]).ExitCode);

    private IEnumerable<string> Sequences(string file) => File.ReadLines(folder[file]).Where((_, line) => line % 4 == 1);

    private int Errors(string file) => File.ReadLines(folder[file]).Zip(File.ReadLines(folder["truth.fq"]))
        .Where((_, line) => line % 4 == 1).Sum(pair => pair.First.Zip(pair.Second).Count(bases => bases.First != bases.Second));
}
