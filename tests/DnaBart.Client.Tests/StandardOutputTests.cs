using System.Diagnostics;
using DnaBart.Fixtures;

namespace DnaBart.Client.Tests;

public class StandardOutputTests
{
    private static readonly string PhiX = SharedData.Sample("genomes/phiX174.NC_001422.1.fa.gz");
    private static readonly string DnaBert2 = SharedData.Sample("tokenizer/dnabert2_tokenizer.json");

    [Fact]
    public void Reads_whose_reader_has_gone_are_not_passed_off_as_written() =>
        FailsWithoutReader(CommandLine.Start("simulate", "--reference", PhiX, "--coverage", "5", "--out", "-", "--truth", "/dev/null"));

    [Fact]
    public void Lines_whose_reader_has_gone_are_not_passed_off_as_written() =>
        FailsWithoutReader(CommandLine.Start("tokenizer", "encode", "--tokenizer", DnaBert2), "GATTACA\n");

    [Fact]
    public void Commands_that_share_an_output_file_write_one_after_the_other()
    {
        using var folder = new TemporaryFolder();
        var command = CommandLine.Start("tokenizer", "encode", "--tokenizer", DnaBert2);

        var result = CommandLine.RunProcess(
            new ProcessStartInfo("sh", ["-c", "{ echo before; \"$@\"; echo after; } > \"$0\"", folder["out"], command.FileName, .. command.ArgumentList]), "GATTACA\n");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Matches(@"^before\n[\d ]+\nafter\n$", File.ReadAllText(folder["out"]));
    }

    [Theory]
    [InlineData("2> /dev/full")]
    [InlineData("2>&-")]
    public void Messages_that_cannot_be_written_cost_no_work(string redirection)
    {
        using var folder = new TemporaryFolder();
        var command = CommandLine.Start("simulate", "--reference", PhiX, "--coverage", "1", "--out", folder["reads.fq"], "--truth", folder["truth.fq"]);

        var result = CommandLine.RunProcess(new ProcessStartInfo("sh", ["-c", $"\"$@\" {redirection}", "sh", command.FileName, .. command.ArgumentList]));

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(["reads.fq", "truth.fq"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
    }

    private static void FailsWithoutReader(ProcessStartInfo start, string input = "")
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        process.StandardOutput.Close();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();

        Assert.Equal((2, "dnabart: Broken pipe; nothing was left half written\n"), (process.ExitCode, error));
    }
}
