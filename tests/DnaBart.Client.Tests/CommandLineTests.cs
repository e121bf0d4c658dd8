namespace DnaBart.Client.Tests;

public class CommandLineTests
{
    [Fact]
    public void Help_lists_the_commands()
    {
        var result = CommandLine.Run("--help");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("info", result.Output);
    }

    [Fact]
    public void An_unknown_command_is_named_and_exits_2()
    {
        var result = CommandLine.Run("frobnicate");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("frobnicate", result.Error);
    }

    [Fact]
    public void Info_says_what_runs_and_on_what()
    {
        var result = CommandLine.Run("info");

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"(?m)^version +\d+\.\d+\.\d+", result.Output);
        Assert.Matches(@"(?m)^libtorch +\d+\.\d+.*libtorch_cpu", result.Output);
        Assert.Matches(@"(?m)^devices +cpu", result.Output);
        Assert.Matches(@"(?m)^threads +\d+$", result.Output);
        Assert.Matches("(?m)^cluster +(on|off)", result.Output);
        Assert.Empty(result.Error);
    }

    [Fact]
    public void Info_says_so_when_libtorch_does_not_load()
    {
        var start = CommandLine.Start("info");
        start.Environment["DNABART_TORCH_BRIDGE"] = "/nowhere/libdnabart_torch.so";
        var result = CommandLine.RunProcess(start);

        Assert.Equal(0, result.ExitCode);
        Assert.Matches("(?m)^libtorch +not loaded: ", result.Output);
    }
}
