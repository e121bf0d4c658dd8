using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace DnaBart.Sweeps;

public enum TrialStatus
{
    /// <summary>In the queue.</summary>
    Waiting,

    /// <summary>Under a lease.</summary>
    Running,

    /// <summary>At a rung's end, until enough of its peers have reported to say whether it goes on.</summary>
    Paused,

    /// <summary>Trained to its end.</summary>
    Completed,

    /// <summary>Ended early: its peers did better.</summary>
    Stopped,

    /// <summary>Given up after too many failures or expired leases.</summary>
    Failed,

    /// <summary>Not run to its end because the sweep was cancelled.</summary>
    Cancelled,
}

public static class TrialStatuses
{
    /// <summary>Whether nothing can happen any more to a trial that has this status.</summary>
    public static bool IsOver(this TrialStatus status) =>
        status is TrialStatus.Completed or TrialStatus.Stopped or TrialStatus.Failed or TrialStatus.Cancelled;
}

/// <summary>The right to run a trial on a slot until a time.</summary>
/// <param name="Number">Counts a trial's leases from 1: reports of an older lease are recognized by it.</param>
public sealed record Lease(int Number, string Slot, DateTimeOffset Expires);

/// <summary>Where a trial stands.</summary>
/// <param name="LeaseCount">Leases given so far.</param>
/// <param name="Lease">The current one, while running.</param>
/// <param name="Outcomes">One for each completed rung.</param>
/// <param name="Problem">The last failure's reason, or what the trial waits for.</param>
public sealed record TrialState(
    TrialSpec Spec,
    TrialStatus Status,
    int LeaseCount,
    int Failures,
    int Expiries,
    Lease? Lease,
    ImmutableArray<TrialOutcome> Outcomes,
    string? Problem)
{
    /// <summary>The rung to be trained next or being trained.</summary>
    [JsonIgnore]
    public int Rung => Outcomes.Length;

    /// <summary>Whether nothing can happen to the trial any more.</summary>
    [JsonIgnore]
    public bool IsOver => Status.IsOver();
}

/// <summary>A sweep's whole state: immutable, serialisable, and changed by <see cref="SweepMachine"/> alone.</summary>
/// <param name="Trials">In the plan's order.</param>
/// <param name="IdleSlots">Slots that wait for work, the longest waiting first.</param>
public sealed record SweepState(SweepPlan Plan, ImmutableArray<TrialState> Trials, ImmutableArray<string> IdleSlots)
{
    /// <summary>The state before anything has happened.</summary>
    public static SweepState Initial(SweepPlan plan) => new(
        plan,
        [.. plan.Trials.Select(spec => new TrialState(spec, TrialStatus.Waiting, 0, 0, 0, null, [], null))],
        []);

    [JsonIgnore]
    public bool IsOver => Trials.All(t => t.IsOver);
}
