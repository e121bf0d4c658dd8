using System.Collections.Concurrent;
using DnaBart.Sweeps;
using Spectre.Console;

namespace DnaBart.Client.Sweeps;

/// <summary>Shows a running sweep on standard error: a table that is kept up to date on a terminal, a line an event elsewhere.</summary>
internal sealed class SweepDisplay : IDisposable
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, TrialProgress> progress = [];
    private readonly ManualResetEventSlim ended = new();
    private readonly Task? drawing;
    private volatile SweepState state;

    public SweepDisplay(SweepState state)
    {
        this.state = state;
        if (Console.IsErrorRedirected)
            return;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        drawing = Task.Run(() => console.Live(Draw()).Start(context =>
        {
            while (!ended.Wait(Refresh))
                context.UpdateTarget(Draw());
            context.UpdateTarget(Draw());
        }));
    }

    /// <summary>The sweep has a new state.</summary>
    public void Observe(SweepState next)
    {
        foreach (var (before, after) in state.Trials.Zip(next.Trials))
        {
            if (after.Status != TrialStatus.Running)
                progress.TryRemove(after.Spec.Id, out _);
            if (drawing is null && (before.Status != after.Status || before.LeaseCount != after.LeaseCount))
                Console.Error.WriteLine($"{Done(next)} of {next.Trials.Length} over  {after.Spec.Id}: {Words(after)}");
        }
        state = next;
    }

    /// <summary>A trial gets on.</summary>
    public void Show(string trial, TrialProgress message)
    {
        var epochBefore = progress.TryGetValue(trial, out var last) ? last.Epoch : 0;
        progress[trial] = message;
        if (drawing is null && message.Epoch != epochBefore)
            Console.Error.WriteLine($"{trial}: epoch {message.Epoch} of {message.Epochs}, loss {message.Loss:F4}, {TimeSpan.FromSeconds(message.SecondsLeft):h\\:mm\\:ss} left");
    }

    public void Dispose()
    {
        ended.Set();
        drawing?.Wait();
        ended.Dispose();
    }

    /// <summary>A trial's state in a few words.</summary>
    public static string Words(TrialState trial) => trial.Status switch
    {
        TrialStatus.Running => $"runs on {trial.Lease!.Slot}" + (trial.LeaseCount > 1 ? $", attempt {trial.LeaseCount}" : ""),
        TrialStatus.Completed or TrialStatus.Stopped or TrialStatus.Paused when trial.Outcomes.Length > 0 =>
            $"{trial.Status.ToString().ToLowerInvariant()}, dev {trial.Outcomes[^1].Score:F4}, {trial.Outcomes[^1].Seconds:F1} s",
        TrialStatus.Waiting when trial.Problem is not null => $"waits, failed before: {trial.Problem}",
        TrialStatus.Failed => $"given up: {trial.Problem}",
        _ => trial.Status.ToString().ToLowerInvariant(),
    };

    private static int Done(SweepState state) => state.Trials.Count(trial => trial.IsOver);

    /// <summary>A line a task and setting: with 28 tasks it still fits a screen where the trials do not.</summary>
    private Table Draw()
    {
        var shown = state;
        var table = new Table { Border = TableBorder.Simple, Title = new TableTitle($"{Done(shown)} of {shown.Trials.Length} trials over") };
        table.AddColumns("task", "setting", "over", "dev, mean", "now");
        foreach (var group in shown.Trials.GroupBy(trial => (trial.Spec.Task, Setting: trial.Spec.Setting.Name)))
        {
            var scores = group.Where(trial => trial.Outcomes.Length > 0).Select(trial => trial.Outcomes[^1].Score).ToList();
            var now = group.Where(trial => trial.Status is TrialStatus.Running or TrialStatus.Failed || (trial.Problem is not null && !trial.IsOver));
            table.AddRow(
                Markup.Escape(group.Key.Task),
                Markup.Escape(group.Key.Setting),
                $"{group.Count(trial => trial.IsOver)}/{group.Count()}",
                scores.Count == 0 ? "" : $"{scores.Average():F4}",
                Markup.Escape(string.Join("; ", now.Select(trial => $"seed {trial.Spec.Seed} {Now(trial)}"))));
        }
        return table;
    }

    private string Now(TrialState trial) => trial.Status == TrialStatus.Running && progress.TryGetValue(trial.Spec.Id, out var p)
        ? $"on {trial.Lease!.Slot}: epoch {p.Epoch}/{p.Epochs} {100 * p.EpochShare:F0} %, loss {p.Loss:F4}, {TimeSpan.FromSeconds(p.SecondsLeft):h\\:mm\\:ss} left"
        : Words(trial);
}
