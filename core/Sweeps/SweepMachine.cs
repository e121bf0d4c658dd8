using System.Collections.Immutable;

namespace DnaBart.Sweeps;

/// <summary>The sweep as a pure function: (state, event) to (state, commands). One process or an Orleans grain feeds it events, writes them
/// down, and carries its commands out.</summary>
/// <remarks>What makes it hold under crashes: a trial is in exactly one state; a lease is the only way to run it; a rung's outcome is taken
/// once, by its number; every other report must bear the current lease.</remarks>
public static class SweepMachine
{
    /// <summary>Applies one event. An event that changes nothing returns the very same state and no commands.</summary>
    public static (SweepState State, ImmutableArray<SweepCommand> Commands) Apply(SweepState state, SweepEvent happened)
    {
        if (state.IsOver && happened is not Heartbeat)
            return (state, []);
        var commands = ImmutableArray.CreateBuilder<SweepCommand>();
        var next = happened switch
        {
            SlotOffered e => Offer(state, e.Slot),
            SlotLost e => LoseSlot(state, e.Slot),
            SlotFailed e => FailSlot(state, e.Slot),
            Heartbeat e => Extend(state, e, commands),
            RungCompleted e => Complete(state, e, commands),
            TrialFailed e => Fail(state, e),
            TrialPreempted e => Preempt(state, e),
            TimePassed e => Expire(state, e.At, commands),
            SweepCancelled => Cancel(state, commands),
            _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "not an event of a sweep"),
        };
        if (ReferenceEquals(next, state))
            return (state, commands.ToImmutable());
        if (next.Plan.Policy.Halving is { } rule)
            next = next with { Trials = SuccessiveHalving.Decide(next.Trials, rule) };
        commands.AddRange(state.Trials.Zip(next.Trials, (before, after) => (before, after))
            .Where(trial => !trial.before.IsOver && trial.after.IsOver && trial.after.Status != TrialStatus.Completed && trial.after.LeaseCount > 0)
            .Select(trial => new DiscardTrial(trial.after.Spec.Id)));
        next = Assign(next, happened.At, commands);
        if (next.IsOver)
            commands.Add(new SweepFinished());
        return (next, commands.ToImmutable());
    }

    /// <summary>The commands that the leases of now were given with: to be given again by whoever cannot know whether they were carried out.</summary>
    public static ImmutableArray<StartRung> Running(SweepState state) =>
        [.. state.Trials.Where(trial => trial.Lease is not null).Select(trial => Start(state.Plan, trial, trial.Lease!))];

    private static StartRung Start(SweepPlan plan, TrialState trial, Lease lease) =>
        new(lease.Slot, trial.Spec, lease.Number, trial.Rung, plan.Policy.Halving?.Rungs[trial.Rung]);

    private static SweepState Offer(SweepState state, string slot) =>
        state.IdleSlots.Contains(slot) || state.Trials.Any(t => t.Lease?.Slot == slot)
            ? state
            : state with { IdleSlots = state.IdleSlots.Add(slot) };

    private static SweepState LoseSlot(SweepState state, string slot)
    {
        var holder = state.Trials.FirstOrDefault(t => t.Lease?.Slot == slot);
        if (holder is not null)
            return Replace(state, holder, Requeue(holder));
        return state.IdleSlots.Contains(slot) ? state with { IdleSlots = state.IdleSlots.Remove(slot) } : state;
    }

    private static SweepState FailSlot(SweepState state, string slot) => state.Trials.FirstOrDefault(t => t.Lease?.Slot == slot) is { } holder
        ? Replace(state, holder, EndSilently(state, holder, "its machine was lost or it fell silent"))
        : LoseSlot(state, slot);

    private static SweepState Extend(SweepState state, Heartbeat e, ImmutableArray<SweepCommand>.Builder commands)
    {
        if (Current(state, e.Trial, e.Lease) is { } trial)
        {
            var expires = e.At + state.Plan.Policy.LeaseTime;
            return expires <= trial.Lease!.Expires ? state : Replace(state, trial, trial with { Lease = trial.Lease with { Expires = expires } });
        }
        // The sender does not know that its lease is gone: tell it, or it trains in vain.
        commands.Add(new StopLease(e.Trial, e.Lease));
        return state;
    }

    private static SweepState Complete(SweepState state, RungCompleted e, ImmutableArray<SweepCommand>.Builder commands)
    {
        var trial = Find(state, e.Trial);
        if (trial is null || trial.Rung != e.Rung || e.Lease < 1 || e.Lease > trial.LeaseCount
            || trial.Status is not (TrialStatus.Running or TrialStatus.Waiting))
        {
            return state;
        }
        var lease = trial.Lease;
        if (lease is not null && lease.Number != e.Lease)
            commands.Add(new StopLease(trial.Spec.Id, lease.Number));
        var completed = trial with
        {
            Status = e.Rung + 1 == state.Plan.RungCount ? TrialStatus.Completed : TrialStatus.Paused,
            Lease = null,
            Outcomes = trial.Outcomes.Add(e.Outcome),
            Problem = null,
        };
        state = Replace(state, trial, completed);
        return lease is null ? state : state with { IdleSlots = state.IdleSlots.Add(lease.Slot) };
    }

    private static SweepState Fail(SweepState state, TrialFailed e)
    {
        if (Current(state, e.Trial, e.Lease) is not { } trial)
            return state;
        var failed = Requeue(trial) with { Failures = trial.Failures + 1, Problem = e.Reason };
        if (failed.Failures >= state.Plan.Policy.MaxFailures)
            failed = failed with { Status = TrialStatus.Failed };
        return Replace(state, trial, failed) with { IdleSlots = state.IdleSlots.Add(trial.Lease!.Slot) };
    }

    private static SweepState Preempt(SweepState state, TrialPreempted e) =>
        Current(state, e.Trial, e.Lease) is { } trial ? Replace(state, trial, Requeue(trial) with { Problem = e.Reason ?? trial.Problem }) : state;

    private static SweepState Expire(SweepState state, DateTimeOffset now, ImmutableArray<SweepCommand>.Builder commands)
    {
        foreach (var trial in state.Trials.Where(t => t.Lease is { } lease && lease.Expires <= now))
        {
            commands.Add(new StopLease(trial.Spec.Id, trial.Lease!.Number));
            state = Replace(state, trial, EndSilently(state, trial, "no sign of life"));
        }
        return state;
    }

    private static SweepState Cancel(SweepState state, ImmutableArray<SweepCommand>.Builder commands)
    {
        foreach (var trial in state.Trials.Where(t => !t.IsOver))
        {
            if (trial.Lease is { } lease)
                commands.Add(new StopLease(trial.Spec.Id, lease.Number));
            state = Replace(state, trial, trial with { Status = TrialStatus.Cancelled, Lease = null });
        }
        return state;
    }

    /// <summary>Gives waiting trials to idle slots: those that failed least first, then in the plan's order.</summary>
    private static SweepState Assign(SweepState state, DateTimeOffset now, ImmutableArray<SweepCommand>.Builder commands)
    {
        var waiting = state.Trials.Where(t => t.Status == TrialStatus.Waiting).OrderBy(t => t.Failures + t.Expiries);
        foreach (var (slot, trial) in state.IdleSlots.Zip(waiting).ToList())
        {
            var lease = new Lease(trial.LeaseCount + 1, slot, now + state.Plan.Policy.LeaseTime);
            state = Replace(state, trial, trial with { Status = TrialStatus.Running, Lease = lease, LeaseCount = lease.Number })
                with { IdleSlots = state.IdleSlots.Remove(slot) };
            commands.Add(Start(state.Plan, trial, lease));
        }
        return state;
    }

    private static TrialState Requeue(TrialState trial) => trial with { Status = TrialStatus.Waiting, Lease = null };

    private static TrialState EndSilently(SweepState state, TrialState trial, string problem)
    {
        var ended = Requeue(trial) with { Expiries = trial.Expiries + 1 };
        return ended.Expiries < state.Plan.Policy.MaxExpiries ? ended : ended with { Status = TrialStatus.Failed, Problem = $"{problem} in {ended.Expiries} runs" };
    }

    private static TrialState? Find(SweepState state, string id) => state.Trials.FirstOrDefault(t => t.Spec.Id == id);

    private static TrialState? Current(SweepState state, string id, int lease) =>
        Find(state, id) is { } trial && trial.Lease?.Number == lease ? trial : null;

    private static SweepState Replace(SweepState state, TrialState old, TrialState changed) =>
        state with { Trials = state.Trials.SetItem(state.Trials.IndexOf(old, 0, state.Trials.Length, ReferenceEqualityComparer.Instance), changed) };
}
