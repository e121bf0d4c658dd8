using System.Collections.Concurrent;
using System.Diagnostics;
using DnaBart.Fixtures;

namespace DnaBart.Client.Tests;

/// <summary>Sweeps as a user runs them, among them killed ones. <c>DNABART_SWEEP_KILLS</c> sets how many kills a sweep must survive.</summary>
public sealed class SweepCommandTests(TinySweeps sweeps) : IClassFixture<TinySweeps>
{
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("DNABART_SWEEP_KILLS") ?? "3");

    private ProcessResult Sweep(string verb, string sweep, params string[] more) => CommandLine.Run(["sweep", verb, sweeps.Folder[sweep], .. more]);

    /// <summary>The final tables, less what depends on the machine's speed.</summary>
    private string Table(string sweep)
    {
        var reported = Sweep("report", sweep);
        Assert.True(reported.ExitCode == 0, reported.Error);
        var runs = File.ReadAllLines(Path.Combine(sweeps.Folder[sweep], "report/runs.csv")).Select(line => line[..line.LastIndexOf(',')]);
        return string.Join('\n', [.. runs, .. TinySweeps.Table(Sweep("status", sweep).Output)]);
    }

    [Fact]
    public void ASweepKilledAtAnyMomentEndsWithTheSameTable()
    {
        sweeps.Plan("whole", "quick");
        var whole = Sweep("run", "whole", "--device", "cpu", "--slots", "2");
        Assert.True(whole.ExitCode == 0, whole.Error);
        Assert.Contains("4 of 4 over", whole.Error);
        var again = Sweep("run", "whole");
        Assert.Equal((2, true), (again.ExitCode, again.Error.Contains("sweep resume")));

        var table = Table("whole");
        var random = new Random(1);
        var (killed, sweep) = (0, 0);
        while (killed < Kills)
        {
            sweeps.Plan($"broken{++sweep}", "quick");
            // A moment anywhere between the start of a process and a few trials later, until the sweep has ended.
            while (killed < Kills && KillAfter(TimeSpan.FromSeconds(random.NextDouble() * 4), $"broken{sweep}"))
                killed++;
            var resumed = Sweep("resume", $"broken{sweep}", "--device", "cpu", "--slots", "2");
            Assert.True(resumed.ExitCode == 0, resumed.Error);
            Assert.Equal(table, Table($"broken{sweep}"));
            Assert.Empty(Directory.GetDirectories(Path.Combine(sweeps.Folder[$"broken{sweep}"], "trials"), "*.training", SearchOption.AllDirectories));
        }

        // All done: nothing runs again.
        Assert.DoesNotContain("runs on", Sweep("resume", "whole", "--device", "cpu").Error);
    }

    [Fact]
    public void ADryRunSaysWhatWouldRunAndForHowLong()
    {
        Assert.Equal("tf/3/quick/1\nmouse/0/quick/1\ntf/3/quick/2\nmouse/0/quick/2\n", sweeps.TryPlan("dry", "quick", "--rungs", "1", "3").Output);
        var dry = Sweep("run", "dry", "--device", "cpu", "--slots", "2", "--dry-run");
        Assert.True(dry.ExitCode == 0, dry.Error);
        Assert.Matches(@"^trial\tseconds\ntf/3/quick/1\t\d+\nmouse/0/quick/1\t\d+\n", dry.Output);
        Assert.Matches(@"about \d:\d\d:\d\d on 2 slots, less what early stopping saves", dry.Error);
        Assert.False(Directory.Exists(Path.Combine(sweeps.Folder["dry"], "trials")));

        File.WriteAllText(Path.Combine(sweeps.Folder["dry"], "baselines.json"), "cut");
        var report = Sweep("report", "dry");
        Assert.Equal(2, report.ExitCode);
        Assert.Contains("baselines.json:1: the baselines of an earlier report expected", report.Error);
    }

    [Fact]
    public void EarlyStoppingEndsTheWorseTrials()
    {
        sweeps.Plan("halving", "quick", "--rungs", "1", "3", "--reduction", "2");
        var run = Sweep("run", "halving", "--device", "cpu", "--slots", "2");
        Assert.True(run.ExitCode == 0, run.Error);
        var statuses = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split('\t')).ToLookup(row => row[0].Split("/quick")[0], row => row[1]);
        Assert.All(statuses, task => Assert.Equal(["completed", "stopped"], task.Order()));
        Assert.Empty(Directory.GetDirectories(sweeps.Folder["halving"], "*.training", SearchOption.AllDirectories));
    }

    [Fact]
    public void InterruptionIsCleanAndTheSweepGoesOn()
    {
        sweeps.Plan("interrupted", "endless");
        foreach (var verb in new[] { "run", "resume" })
        {
            using var process = StartSweep(verb, "interrupted", out var lines);
            // It trains.
            Assert.Contains(lines.GetConsumingEnumerable(), line => line.Contains(": epoch "));
            Assert.True(process.Send(Signal.Interrupt));
            Assert.True(process.WaitForExit(20_000));
            // Death by the signal has the same exit code.
            Assert.Equal((130, "dnabart: interrupted; nothing was left half written"), (process.ExitCode, lines.GetConsumingEnumerable().Last()));
            AssertNothingRuns("interrupted");
        }
    }

    [Fact]
    public void ASweepWhoseModelIsReplacedEndsWithALineAndGoesOnWhenItIsBack()
    {
        var weights = sweeps.Folder["model/model.safetensors"];
        var planned = File.ReadAllBytes(weights);
        sweeps.Plan("replaced", "quick");
        try
        {
            using (var process = StartSweep("run", "replaced", out var lines, slots: 1))
            {
                Assert.Contains(lines.GetConsumingEnumerable(), line => line.Contains(": epoch "));
                File.WriteAllBytes(weights + ".new", [.. planned, 0]);
                File.Move(weights + ".new", weights, overwrite: true);
                Assert.True(process.WaitForExit(300_000));
                Assert.Equal(2, process.ExitCode);
                Assert.Contains($"{sweeps.Folder["model"]}: holds another model than when the sweep was planned", lines.GetConsumingEnumerable().Last());
            }
            var refused = Sweep("resume", "replaced", "--device", "cpu");
            Assert.Equal((2, "", 1), (refused.ExitCode, refused.Output, refused.Error.Count(letter => letter == '\n')));
            Assert.Contains("put that one back, or plan a new sweep", refused.Error);
        }
        finally
        {
            File.WriteAllBytes(weights, planned);
        }
        Assert.Equal(["completed", "waiting", "waiting", "waiting"], TinySweeps.Statuses(Sweep("status", "replaced").Output));

        var resumed = Sweep("resume", "replaced", "--device", "cpu", "--slots", "2");
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Equal(sweeps.Undisturbed, TinySweeps.Table(Sweep("status", "replaced").Output));
    }

    [Fact]
    public void EarlyStoppingThatLeavesNoTrialToTestIsNotPlanned()
    {
        var planned = sweeps.TryPlan("short", "quick", "--rungs", "1", "2");
        Assert.Equal(2, planned.ExitCode);
        Assert.Equal("dnabart: sweep 'short': the last rung is 2, and 'quick' trains 3 epochs for tf/3; 3 or more expected\n", planned.Error);
        Assert.False(Directory.Exists(sweeps.Folder["short"]));
    }

    /// <summary>Runs the sweep for a while, then kills it with SIGKILL; whether it was still running.</summary>
    private bool KillAfter(TimeSpan time, string sweep)
    {
        using var process = StartSweep("resume", sweep, out _);
        var running = !process.WaitForExit(time);
        process.Kill();
        process.WaitForExit();
        AssertNothingRuns(sweep);
        return running;
    }

    /// <param name="errors">What it prints on standard error, by lines, as it comes.</param>
    private Process StartSweep(string verb, string sweep, out BlockingCollection<string> errors, int slots = 2)
    {
        var start = CommandLine.Start("sweep", verb, sweeps.Folder[sweep], "--device", "cpu", "--slots", $"{slots}");
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        var process = Process.Start(start)!;
        var lines = errors = [];
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
                lines.CompleteAdding();
            else
                lines.Add(line.Data);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>A killed sweep's trials end by themselves, at once.</summary>
    private void AssertNothingRuns(string sweep)
    {
        var clock = Stopwatch.StartNew();
        string[] left;
        do
        {
            Thread.Sleep(20);
            left = [.. Directory.GetDirectories("/proc").Select(CommandLineOf).Where(text => text.Contains(sweeps.Folder[sweep]))];
        }
        while (left.Length > 0 && clock.Elapsed < TimeSpan.FromSeconds(20));
        Assert.Empty(left);
    }

    private static string CommandLineOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
