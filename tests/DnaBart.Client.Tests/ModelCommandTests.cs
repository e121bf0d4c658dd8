using DnaBart.Fixtures;

namespace DnaBart.Client.Tests;

public class ModelCommandTests
{
    private static readonly string Golden = SharedData.Sample("bart_tiny");
    private static readonly string Expected = SharedData.Sample("bart_tiny/expected.safetensors");

    [Fact]
    public void Check_passes_on_the_golden_checkpoint_and_shows_every_recorded_tensor()
    {
        var result = CommandLine.Run("model", "check", "--model", Golden, "--expected", Expected, "--device", "cpu");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Matches(@"(?m)^logits +\S+  yes$", result.Output);
        Assert.Matches(@"(?m)^greedy +0  yes$", result.Output);
        Assert.Matches(@"(?m)^bfloat16\.logits +\S+  yes$", result.Output);
        Assert.Matches(@"(?m)^same_seed +0  yes$", result.Output);
        Assert.Matches(@"(?m)^train5\.enc0\.fc1 +\S+  yes$", result.Output);
    }

    [Fact]
    public void Check_exits_1_above_the_tolerance()
    {
        var result = CommandLine.Run("model", "check", "--model", Golden, "--expected", Expected, "--device", "cpu", "--tolerance", "1e-9");

        Assert.Equal(1, result.ExitCode);
        Assert.Matches(@"(?m) NO$", result.Output);
    }

    [Fact]
    public void Generate_prints_the_same_tokens_with_and_without_the_draft()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["reads.fa"], ">a\nACGTACGTTGCAACGTACGTTACG\n>b\nTTGACCA\n>c\nGGGGGGGGCATCAT\n");
        using var model = new TinyModel();
        string[] command = ["model", "generate", "--model", model.Path, "--device", "cpu", "--batch", "2", folder["reads.fa"]];

        var (draft, plain) = (CommandLine.Run(command), CommandLine.Run([.. command, "--plain"]));

        Assert.Equal((0, 0), (draft.ExitCode, plain.ExitCode));
        Assert.Equal(plain.Output, draft.Output);
        Assert.All(draft.Output.TrimEnd().Split('\n'), line => Assert.Matches(@"^\d+( \d+)+$", line));
        Assert.Matches(@"^3 sequences, \S+ a second, \S+ passes each\s*$", draft.Error);
    }

    [Fact]
    public void An_unknown_device_is_named_with_those_there_are()
    {
        var result = CommandLine.Run("model", "check", "--model", Golden, "--expected", Expected, "--device", "cuda:99");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("device cuda:99: there is none; this machine has cpu", result.Error);
    }
}
