using System.Collections.Immutable;
using System.Text.Json.Serialization;
using DnaBart.IO;

namespace DnaBart.Sweeps;

/// <summary>A named set of hyper-parameters, passed to the trial runner as they are.</summary>
public sealed record SweepSetting(string Name, ImmutableSortedDictionary<string, string> Parameters);

/// <summary>Early stopping: after each rung only the best 1/<paramref name="Reduction"/> of a task's trials train on.</summary>
/// <param name="Rungs">Training done at the end of each rung, in the runner's unit (epochs), strictly increasing; the last is
/// a whole training.</param>
/// <param name="Reduction">The factor eta of Li et al., at least 2.</param>
public sealed record HalvingRule(ImmutableArray<int> Rungs, int Reduction);

/// <summary>How patient a sweep is.</summary>
/// <param name="LeaseTime">A trial that has not sent a heartbeat for so long is taken from its slot.</param>
/// <param name="MaxFailures">Failures after which a trial is given up. Preemption is no failure.</param>
/// <param name="MaxExpiries">Leases that expired, or ended with their machine, after which a trial is given up: it hangs wherever it runs, or takes the machine
/// with it.</param>
/// <param name="Halving">Early stopping; null to train every trial to its end.</param>
public sealed record SweepPolicy(TimeSpan LeaseTime, int MaxFailures = 3, int MaxExpiries = 10, HalvingRule? Halving = null);

/// <summary>One training to be run.</summary>
/// <param name="Id"><c>TASK/SETTING/SEED</c>; unique in a sweep.</param>
public sealed record TrialSpec(string Id, string Task, SweepSetting Setting, int Seed);

/// <summary>What a sweep runs: tasks x settings x seeds.</summary>
public sealed record SweepPlan(
    string Name, ImmutableArray<string> Tasks, ImmutableArray<SweepSetting> Settings, ImmutableArray<int> Seeds, SweepPolicy Policy)
{
    private static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(1), LongestLease = TimeSpan.FromDays(7);

    /// <summary>The trials in the order they are started: every task and setting with the first seed, then with the second, so
    /// that a sweep stopped early still says something of every task.</summary>
    [JsonIgnore]
    public ImmutableArray<TrialSpec> Trials =>
    [
        .. from seed in Seeds
           from task in Tasks
           from setting in Settings
           select new TrialSpec($"{task}/{setting.Name}/{seed}", task, setting, seed),
    ];

    /// <summary>Rungs of a trial: 1 without early stopping.</summary>
    [JsonIgnore]
    public int RungCount => Policy.Halving?.Rungs.Length ?? 1;

    /// <exception cref="InputException">The plan is empty, names a thing twice, or its policy makes no sense.</exception>
    public void Validate()
    {
        RequireDistinct(Tasks, "tasks");
        RequireDistinct(Settings.Select(setting => setting?.Name), "settings");
        RequireDistinct(Seeds, "seeds");
        if (Policy.LeaseTime < ShortestLease || Policy.LeaseTime > LongestLease || Policy.MaxFailures < 1 || Policy.MaxExpiries < 1)
            throw new InputException($"sweep '{Name}': a lease time from a second to a week, and failures and expiries above 0 expected");
        if (Policy.Halving is { } halving
            && (halving.Reduction < 2 || halving.Rungs.Length < 2 || halving.Rungs[0] < 1 || halving.Rungs.Zip(halving.Rungs.Skip(1)).Any(r => r.First >= r.Second)))
        {
            throw new InputException($"sweep '{Name}': early stopping needs a reduction of 2 or more and two or more increasing rungs");
        }
    }

    private void RequireDistinct<T>(IEnumerable<T> items, string what)
    {
        var seen = new HashSet<T>();
        if (!items.All(item => item is not null && seen.Add(item)) || seen.Count == 0)
            throw new InputException($"sweep '{Name}': its {what} must be given, each once");
    }
}
