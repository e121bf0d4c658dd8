using System.Diagnostics;
using DnaBart.Fixtures;

namespace DnaBart.Client.Tests;

public sealed class PretrainTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private static readonly string Genome = SharedData.Sample("genomes/phiX174.NC_001422.1.fa.gz");

    private const int Killed = 128 + 9;
    private const int Stopped = 130;

    public void Dispose() => folder.Dispose();

    private string Recipe()
    {
        File.WriteAllText(folder["recipe.json"],
            """
            {
              "description": "test",
              "model": {"preset": "tiny", "dropout": 0.1},
              "tokenizer": {"vocabularySize": 16},
              "data": {"windowBases": 40, "windows": 960, "epochs": 1, "bothStrands": true},
              "corruption": [{"name": "substitution", "kind": "uniform", "substitution": 0.3}],
              "batch": {"rows": 16},
              "optimizer": {"learningRate": 1e-3},
              "evaluation": {"everySteps": 20, "windows": 16},
              "checkpoints": {"everySteps": 7}
            }
            """);
        return folder["recipe.json"];
    }

    private string[] Arguments(string run, params string[] more) =>
        ["pretrain", "--recipe", Recipe(), "--genome", Genome, "--out", folder[run], "--device", "cpu", .. more];

    /// <summary>Starts a run and sends it a signal once it trains and its steps are that many or more.</summary>
    /// <returns>Its exit code.</returns>
    private int SignalAfter(int steps, Signal signal, params string[] arguments)
    {
        var start = CommandLine.Start(arguments);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        var before = DateTime.UtcNow;
        using var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var metrics = Path.Combine(folder["broken"], "metrics.csv");
        // A run that is resumed begins with the steps of the one before in its file.
        while (!process.HasExited && (File.GetLastWriteTimeUtc(metrics) < before || File.ReadLines(metrics).Count() <= steps))
            Thread.Sleep(5);
        // Twice, as `timeout` does: to the process, and to its group.
        Assert.True(process.Send(signal), "the run was over before it could be sent a signal");
        process.Send(signal);
        process.WaitForExit();
        return process.ExitCode;
    }

    private string[] Losses(string run) => [.. File.ReadAllLines(Path.Combine(folder[run], "metrics.csv"))
        .Select(row => string.Join(',', row.Split(',')[..6]))];

    [Fact]
    public void A_killed_run_goes_on_as_if_it_had_not_been()
    {
        var whole = CommandLine.Run(Arguments("whole"));
        Assert.True(whole.ExitCode == 0, whole.Error);
        Assert.Equal(Path.Combine(folder["whole"], "model"), whole.Output.Trim());

        // All while most of the 60 steps, and the first evaluation with its drawing, are still to come: the fastest machine takes longer for them than a signal does.
        Assert.Equal(Killed, SignalAfter(3, Signal.Kill, Arguments("broken"))); // before the first checkpoint
        Assert.Equal(Killed, SignalAfter(10, Signal.Kill, Arguments("broken", "--resume")));
        Assert.Equal(Stopped, SignalAfter(16, Signal.Terminate, Arguments("broken", "--resume")));
        // Asked politely, it saved where it stood.
        Assert.EndsWith($"step-{int.Parse(Losses("broken")[^1].Split(',')[0]):D8}", Directory.GetDirectories(folder["broken/checkpoints"]).Max());
        var resumed = CommandLine.Run(Arguments("broken", "--resume"));
        Assert.True(resumed.ExitCode == 0, resumed.Error);

        Assert.Equal(1 + 60, Losses("whole").Length);
        Assert.Equal(Losses("whole"), Losses("broken"));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(folder["whole"], "model", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(folder["broken"], "model", "model.safetensors")));

        var evaluated = CommandLine.Run("evaluate", "--model", Path.Combine(folder["whole"], "model"), "--genome", Genome, "--device", "cpu");
        Assert.True(evaluated.ExitCode == 0, evaluated.Error);
        Assert.StartsWith("corruption\tsequence\twindows\ttokens\taccuracy\tmacro_f1\tperplexity\nsubstitution\ttrained on\t16\t", evaluated.Output);
    }

    [Fact]
    public void Bad_recipes_and_folders_are_named_and_exit_2()
    {
        var recipe = Recipe();
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("epochs", "epoch"));
        var result = CommandLine.Run("pretrain", "--recipe", recipe, "--genome", Genome, "--out", folder["x"]);
        Assert.Equal(2, result.ExitCode);
        Assert.Equal($"dnabart: {recipe}: data.epochs: missing\n", result.Error);

        result = CommandLine.Run("evaluate", "--model", folder["none"], "--genome", Genome);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("no such folder", result.Error);
    }
}
