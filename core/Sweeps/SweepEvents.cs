using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace DnaBart.Sweeps;

/// <summary>What a trial reports at the end of a rung.</summary>
/// <param name="Score">The figure early stopping goes by, the task's own on dev (MCC, or macro F1); higher is better.</param>
/// <param name="Metrics">Everything to be reported, by name.</param>
/// <param name="Seconds">Time the rung's training took.</param>
public sealed record TrialOutcome(double Score, ImmutableSortedDictionary<string, double> Metrics, double Seconds);

/// <summary>Something that happened, at a time that the event itself carries: the machine reads no clock, so a journal of events
/// replays to the same state.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(SlotOffered), "slot-offered")]
[JsonDerivedType(typeof(SlotLost), "slot-lost")]
[JsonDerivedType(typeof(SlotFailed), "slot-failed")]
[JsonDerivedType(typeof(Heartbeat), "heartbeat")]
[JsonDerivedType(typeof(RungCompleted), "rung-completed")]
[JsonDerivedType(typeof(TrialFailed), "trial-failed")]
[JsonDerivedType(typeof(TrialPreempted), "trial-preempted")]
[JsonDerivedType(typeof(TimePassed), "time-passed")]
[JsonDerivedType(typeof(SweepCancelled), "sweep-cancelled")]
public abstract record SweepEvent(DateTimeOffset At);

/// <summary>A device slot is free and asks for work. Ignored while it holds a lease.</summary>
public sealed record SlotOffered(DateTimeOffset At, string Slot) : SweepEvent(At);

/// <summary>A slot is gone with what ran on it: its trial goes back to the queue, and that is no failure.</summary>
public sealed record SlotLost(DateTimeOffset At, string Slot) : SweepEvent(At);

/// <summary>A slot's machine broke down, with what ran on it, and perhaps because of that: its trial goes back to the queue, behind those that did better,
/// and is given up as one whose leases expire.</summary>
public sealed record SlotFailed(DateTimeOffset At, string Slot) : SweepEvent(At);

/// <summary>The holder of a lease is alive: the lease is extended.</summary>
public sealed record Heartbeat(DateTimeOffset At, string Trial, int Lease) : SweepEvent(At);

/// <summary>A rung was trained to its end. The first report of a rung counts, whichever of the trial's leases it comes from: work done
/// is never thrown away; any later report of the rung is ignored.</summary>
public sealed record RungCompleted(DateTimeOffset At, string Trial, int Lease, int Rung, TrialOutcome Outcome) : SweepEvent(At);

/// <summary>The trial broke. Ignored unless it comes from the current lease.</summary>
public sealed record TrialFailed(DateTimeOffset At, string Trial, int Lease, string Reason) : SweepEvent(At);

/// <summary>The trial was told to leave its slot by someone else, or cannot run as things are: no failure. The slot is gone until offered again.</summary>
/// <param name="Reason">What someone must see to before trials of the sweep can run; null where the slot alone was taken away.</param>
public sealed record TrialPreempted(DateTimeOffset At, string Trial, int Lease, string? Reason = null) : SweepEvent(At);

/// <summary>Leases whose time is over expire.</summary>
public sealed record TimePassed(DateTimeOffset At) : SweepEvent(At);

/// <summary>The user ends the sweep: running trials are stopped, waiting ones are not started.</summary>
public sealed record SweepCancelled(DateTimeOffset At) : SweepEvent(At);

/// <summary>What the machine wants done. Commands may be lost or done twice: leases make up for both.</summary>
public abstract record SweepCommand;

/// <summary>Train a rung of a trial on a slot, from the trial's last checkpoint, under a lease.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Trial">The trial.</param>
/// <param name="Lease">Number of the lease among the trial's, from 1; every report must carry it.</param>
/// <param name="Rung">The rung, from 0.</param>
/// <param name="TrainTo">Training done at the rung's end (epochs); null trains to the recipe's end.</param>
public sealed record StartRung(string Slot, TrialSpec Trial, int Lease, int Rung, int? TrainTo) : SweepCommand;

/// <summary>Whoever runs this trial under this lease shall stop.</summary>
public sealed record StopLease(string Trial, int Lease) : SweepCommand;

/// <summary>The trial was begun and will not be completed: what it left to go on from is of no use, and large.</summary>
public sealed record DiscardTrial(string Trial) : SweepCommand;

/// <summary>Every trial has come to its end; given once.</summary>
public sealed record SweepFinished : SweepCommand;
