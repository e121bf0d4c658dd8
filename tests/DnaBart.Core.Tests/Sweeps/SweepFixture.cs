using System.Collections.Immutable;
using System.Text.Json;
using DnaBart.Sweeps;

namespace DnaBart.Core.Tests.Sweeps;

/// <summary>A small plan, and trials whose outcome depends on nothing but the trial and the rung.</summary>
internal static class SweepFixture
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>2 tasks x 2 settings x 2 seeds; the trials of seed 13 with setting b always fail.</summary>
    public static SweepPlan Plan(bool halving) => new(
        "test",
        ["tf/0", "mouse/1"],
        [Setting("a"), Setting("b")],
        [42, 13],
        new SweepPolicy(TimeSpan.FromSeconds(60), MaxFailures: 3, MaxExpiries: 1_000_000, halving ? new HalvingRule([1, 2, 8], 2) : null));

    public static SweepSetting Setting(string name) => new(name, ImmutableSortedDictionary<string, string>.Empty.Add("lr", "2e-5"));

    public static bool AlwaysFails(TrialSpec trial) => trial is { Seed: 13, Setting.Name: "b" };

    public static TrialOutcome Outcome(TrialSpec trial, int rung)
    {
        var score = (trial.Id + rung).Aggregate(7, (hash, c) => (hash * 31 + c) & 0xffff) / 65536.0;
        return new TrialOutcome(score, ImmutableSortedDictionary<string, double>.Empty.Add("mcc", score), 10 + rung);
    }

    /// <summary>Runs a state to its end without any mishap.</summary>
    public static SweepState RunUndisturbed(SweepState state, Action<SweepEvent>? record = null)
    {
        var now = Start.AddDays(1);
        var events = new Queue<SweepEvent>();
        foreach (var slot in state.Trials.Select(t => t.Lease?.Slot).OfType<string>())
            events.Enqueue(new SlotLost(now, slot));
        events.Enqueue(new SlotOffered(now, "gpu0"));
        events.Enqueue(new SlotOffered(now, "gpu1"));
        while (events.TryDequeue(out var happened))
        {
            var (next, commands) = SweepMachine.Apply(state, happened);
            if (!ReferenceEquals(next, state))
                record?.Invoke(happened);
            state = next;
            now = now.AddSeconds(1);
            foreach (var start in commands.OfType<StartRung>())
            {
                events.Enqueue(AlwaysFails(start.Trial)
                    ? new TrialFailed(now, start.Trial.Id, start.Lease, "broken")
                    : new RungCompleted(now, start.Trial.Id, start.Lease, start.Rung, Outcome(start.Trial, start.Rung)));
            }
        }
        return state;
    }

    /// <summary>What a report is made from: each trial's end and all its outcomes.</summary>
    public static string Table(SweepState state) => string.Join('\n', state.Trials.Select(t =>
        $"{t.Spec.Id} {t.Status} {t.Problem} {JsonSerializer.Serialize(t.Outcomes, SweepJournal.Json)}"));
}
