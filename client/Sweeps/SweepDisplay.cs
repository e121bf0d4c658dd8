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
    private volatile SweepView state;

    public SweepDisplay(SweepView state)
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
    public void Observe(SweepView next)
    {
        foreach (var (before, after) in state.Trials.Zip(next.Trials))
        {
            if (after.Status != TrialStatus.Running)
                progress.TryRemove(after.Name, out _);
            if (drawing is null && (before.Status != after.Status || before.Attempts != after.Attempts))
                Console.Error.WriteLine($"{Done(next)} of {next.Trials.Count} over  {after.Name}: {Words(after)}");
        }
        state = next;
    }

    /// <summary>A trial gets on.</summary>
    public void Show(string trial, TrialProgress message)
    {
        var epochBefore = progress.TryGetValue(trial, out var last) ? last.Epoch : 0;
        progress[trial] = message;
        if (drawing is null && message.Epoch != epochBefore)
            Console.Error.WriteLine($"{trial}: epoch {message.Epoch} of {message.Epochs}, loss {message.Loss:F4}, {Duration.Text(TimeSpan.FromSeconds(message.SecondsLeft))} left");
    }

    public void Dispose()
    {
        ended.Set();
        drawing?.Wait();
        ended.Dispose();
    }

    /// <summary>Shows a sweep that runs elsewhere until it is over, and then prints its table.</summary>
    /// <param name="first">Where it stands.</param>
    /// <param name="next">Where it stands from then on.</param>
    /// <returns>The command's exit code: 1 if a trial was given up.</returns>
    public static async Task<int> FollowAsync(SweepView first, IAsyncEnumerable<SweepView> next)
    {
        var last = first;
        using (var display = new SweepDisplay(first))
        {
            await foreach (var view in next)
                display.Observe(last = view);
        }
        return PrintEnd(last);
    }

    /// <summary>As <see cref="Print"/>, of a sweep that is over.</summary>
    /// <returns>The command's exit code: 1 if a trial was given up.</returns>
    public static int PrintEnd(SweepView sweep)
    {
        Print(sweep);
        return sweep.Trials.Any(trial => trial.Status == TrialStatus.Failed) ? 1 : 0;
    }

    /// <summary>The table of trials, on standard output.</summary>
    public static void Print(SweepView sweep)
    {
        Console.WriteLine("trial\tstatus\tattempts\tdev_score\ttest_mcc\ttest_accuracy\ttest_macro_f1\tseconds\tproblem");
        foreach (var trial in sweep.Trials)
        {
            string Metric(string name) => trial.Metrics is { } metrics && metrics.TryGetValue(name, out var value) ? $"{value:F4}" : "";
            Console.WriteLine(string.Join('\t',
                trial.Name, trial.Status.ToString().ToLowerInvariant(), trial.Attempts, $"{trial.Score:F4}",
                Metric("test_mcc"), Metric("test_accuracy"), Metric("test_macro_f1"), $"{trial.Seconds:F1}", trial.Problem));
        }
        foreach (var trial in sweep.Trials.Where(trial => trial.Metrics?.GetValueOrDefault("collapsed") == 1))
            Console.Error.WriteLine($"{trial.Name}: calls every test sequence the same class: it learned nothing");
    }

    /// <summary>A trial's state in a few words.</summary>
    private static string Words(TrialView trial) => trial.Status switch
    {
        TrialStatus.Running => $"runs on {trial.Slot}" + (trial.Attempts > 1 ? $", attempt {trial.Attempts}" : ""),
        TrialStatus.Completed or TrialStatus.Stopped or TrialStatus.Paused when trial.Score is not null =>
            $"{trial.Status.ToString().ToLowerInvariant()}, dev {trial.Score:F4}, {trial.Seconds:F1} s",
        TrialStatus.Waiting when trial.Problem is not null => $"waits: {trial.Problem}",
        TrialStatus.Failed => $"given up: {trial.Problem}",
        _ => trial.Status.ToString().ToLowerInvariant(),
    };

    private static int Done(SweepView state) => state.Trials.Count(trial => trial.Status.IsOver());

    /// <summary>A line a task and setting: with 28 tasks it still fits a screen where the trials do not.</summary>
    private Table Draw()
    {
        var shown = state;
        var table = new Table { Border = TableBorder.Simple, Title = new TableTitle($"{Done(shown)} of {shown.Trials.Count} trials over") };
        table.AddColumns("task", "setting", "over", "dev, mean", "now");
        foreach (var group in shown.Trials.GroupBy(trial => (trial.Task, trial.Setting)))
        {
            var scores = group.Where(trial => trial.Score is not null).Select(trial => trial.Score!.Value).ToList();
            var now = group.Where(trial => trial.Status is TrialStatus.Running or TrialStatus.Failed || (trial.Problem is not null && !trial.Status.IsOver()));
            table.AddRow(
                Markup.Escape(group.Key.Task),
                Markup.Escape(group.Key.Setting),
                $"{group.Count(trial => trial.Status.IsOver())}/{group.Count()}",
                scores.Count == 0 ? "" : $"{scores.Average():F4}",
                Markup.Escape(string.Join("; ", now.Select(trial => $"seed {trial.Seed} {Now(trial)}"))));
        }
        return table;
    }

    private string Now(TrialView trial) => trial.Status == TrialStatus.Running && progress.TryGetValue(trial.Name, out var p)
        ? $"on {trial.Slot}: epoch {p.Epoch}/{p.Epochs} {100 * p.EpochShare:F0} %, loss {p.Loss:F4}, {Duration.Text(TimeSpan.FromSeconds(p.SecondsLeft))} left"
        : Words(trial);
}
