using System.Runtime.CompilerServices;
using System.Text.Json;
using DnaBart.IO;
using DnaBart.Serving;
using DnaBart.Sweeps;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Storage;

namespace DnaBart.Grains.Sweeps;

/// <summary>What a coordinator remembers.</summary>
[GenerateSerializer, Alias("dnabart.sweep")]
public sealed class SweepMemory
{
    /// <summary>The <see cref="SweepState"/> as JSON; null before the start.</summary>
    [Id(0)]
    public string? State { get; set; }
}

/// <inheritdoc cref="ISweepGrain"/>
/// <remarks>It feeds <see cref="SweepMachine"/>: trials report, and once a second it looks at the cluster, offers free slots, and gives up those of silos
/// that are no members any more. Every new state is in storage before its commands are carried out; storage refuses the write of an
/// activation that another one has followed.</remarks>
[Reentrant, KeepAlive]
internal sealed partial class SweepGrain(
    [PersistentState("sweep", ClusterHosting.Storage)] IPersistentState<SweepMemory> memory, ISweepStorage storage, ILogger<SweepGrain> log, TimeProvider time)
    : Grain, ISweepGrain, IRemindable
{
    private const string Reminder = "keep-going";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Nothing new is started for so long after a trial found that none can run as things are.</summary>
    private static readonly TimeSpan BlockedPause = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim changing = new(1);
    private readonly HashSet<TrialName> starting = [];

    /// <summary>Where each lease was started.</summary>
    private readonly Dictionary<(string Trial, int Lease), TrialName> places = [];
    private SweepState? state;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IGrainTimer? timer;
    private DateTimeOffset blockedUntil;

    private string Sweep => this.GetPrimaryKeyString();

    /// <summary>Whether no sweep of the name was started, nor is one being started.</summary>
    private bool IsUnknown => state is null && changing.CurrentCount > 0;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (memory.State.State is { } json)
            state = JsonSerializer.Deserialize<SweepState>(json, SweepJournal.Json);
        if (state is { IsOver: false })
        {
            // Of the leases that an earlier activation gave: they may have to be stopped before they report anything to this one.
            foreach (var rung in SweepMachine.Running(state))
                places[(rung.Trial.Id, rung.Lease)] = NameOf(rung);
            StartTimer();
        }
        return Task.CompletedTask;
    }

    /// <summary>Activating the grain is what a reminder is for.</summary>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (IsUnknown)
            await EndAsync();
        else if (state is { IsOver: true })
            await FinishAsync();
    }

    public async Task<string?> StartAsync(string plan)
    {
        await changing.WaitAsync();
        try
        {
            if (state is not null)
                return $"{Sweep}: there is a sweep of that name already; choose another name";
            var parsed = JsonSerializer.Deserialize<SweepPlan>(plan, SweepJournal.Json)!;
            // It reads the whole model.
            await Task.Run(() => storage.Create(parsed));
            // Before the state is: a sweep that is written down is one that goes on.
            await this.RegisterOrUpdateReminder(Reminder, ClusterHosting.ReminderPeriod, ClusterHosting.ReminderPeriod);
            await GrainFactory.GetGrain<ISweepIndexGrain>(0).AddAsync(Sweep);
            await SaveAsync(SweepState.Initial(parsed));
            StartTimer();
            return null;
        }
        catch (InputException e)
        {
            return e.Message;
        }
        finally
        {
            changing.Release();
        }
    }

    public Task<string?> StateAsync()
    {
        // Anybody may ask for any name.
        if (IsUnknown)
            DeactivateOnIdle();
        return Task.FromResult(memory.State.State);
    }

    public async IAsyncEnumerable<string> WatchAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (state is not null)
        {
            var next = changed.Task;
            var (json, isOver) = (memory.State.State!, state.IsOver);
            yield return json;
            if (isOver)
                yield break;
            await next.WaitAsync(cancellation);
        }
    }

    public async Task<bool> CancelAsync()
    {
        if (state is null)
            return false;
        await HandleAsync(new SweepCancelled(time.GetUtcNow()));
        return true;
    }

    public Task ReportAsync(string happened, string trial)
    {
        var name = TrialName.Parse(trial);
        places[(name.Trial, name.Lease)] = name;
        // Leases run by one clock, this one: that of the sender's machine may be minutes off.
        var reported = JsonSerializer.Deserialize<SweepEvent>(happened, SweepJournal.Json)! with { At = time.GetUtcNow() };
        if (reported is TrialPreempted { Reason: { } reason })
        {
            blockedUntil = reported.At + BlockedPause;
            LogBlocked(Sweep, reason);
        }
        return HandleAsync(reported);
    }

    private TrialName NameOf(StartRung rung) => new(rung.Slot, Sweep, rung.Trial.Id, rung.Lease);

    private void StartTimer() => timer ??= this.RegisterGrainTimer(LookAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Interval) { Interleave = true });

    private async Task HandleAsync(params IReadOnlyList<SweepEvent> events)
    {
        await changing.WaitAsync();
        try
        {
            foreach (var happened in events)
            {
                if (state is null)
                    return;
                var (next, commands) = SweepMachine.Apply(state, happened);
                if (!ReferenceEquals(next, state))
                    await SaveAsync(next);
                foreach (var command in commands)
                    Carry(command);
            }
        }
        finally
        {
            changing.Release();
        }
    }

    private async Task SaveAsync(SweepState next)
    {
        var before = memory.State.State;
        memory.State.State = JsonSerializer.Serialize(next, SweepJournal.Json);
        try
        {
            await memory.WriteStateAsync();
        }
        catch (Exception e)
        {
            // It did not happen: whoever reported it reports again.
            memory.State.State = before;
            // Or an earlier write did, and its answer was lost. This activation can write nothing any more; the next one reads what there is.
            if (e is InconsistentStateException)
            {
                // Who watches asks the next one; it would not be there before this one has answered.
                changed.TrySetException(e);
                DeactivateOnIdle();
            }
            throw;
        }
        state = next;
        var waiting = changed;
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting.SetResult();
    }

    private void Carry(SweepCommand command)
    {
        switch (command)
        {
            case StartRung start:
                StartTrialAsync(start).Ignore();
                break;
            case StopLease stop when places.TryGetValue((stop.Trial, stop.Lease), out var name):
                GrainFactory.GetGrain<ITrialGrain>($"{name}").StopAsync().Ignore();
                break;
            case DiscardTrial discard:
                Task.Run(() => storage.Runner(Sweep).Discard(discard.Trial)).Ignore();
                break;
            case SweepFinished:
                FinishAsync().Ignore();
                break;
        }
    }

    private async Task StartTrialAsync(StartRung rung)
    {
        var name = NameOf(rung);
        places[(rung.Trial.Id, rung.Lease)] = name;
        if (!starting.Add(name))
            return;
        try
        {
            var json = JsonSerializer.Serialize(rung, SweepJournal.Json);
            // Not taken: another sweep was faster. The trial waits for the next slot, and has not failed.
            if (!await GrainFactory.GetGrain<ITrialGrain>($"{name}").StartAsync(json, state!.Plan.Policy.LeaseTime).WaitAsync(ClusterGrain.Patience, time))
                await HandleAsync(new TrialPreempted(time.GetUtcNow(), rung.Trial.Id, rung.Lease));
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            // The silo is dying, or this one lags: it is seen by the next look.
            LogStart(e, $"{name}");
        }
        finally
        {
            starting.Remove(name);
        }
    }

    /// <summary>Compares what the machine believes with the cluster.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (state is null)
            return;
        try
        {
            if (state.IsOver)
            {
                await FinishAsync();
                return;
            }
            var known = starting.ToHashSet();
            var believed = state;
            var silos = (await GrainFactory.GetGrain<IClusterGrain>(0).ReportAsync()).Silos;
            await HandleAsync([.. Seen(believed, silos)]);
            var training = silos.SelectMany(silo => silo.Slots).SelectMany(slot => slot.Holders).Select(holder => holder.Holder).ToHashSet();
            // A command may have been lost with the activation that gave it.
            foreach (var rung in SweepMachine.Running(believed).Intersect(SweepMachine.Running(state)))
            {
                var name = NameOf(rung);
                if (!known.Contains(name) && !training.Contains($"{name}") && silos.Any(silo => silo.Answers && silo.Silo == name.Silo))
                    StartTrialAsync(rung).Ignore();
            }
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            LogLook(e);
        }
    }

    private IEnumerable<SweepEvent> Seen(SweepState believed, SiloReport[] silos)
    {
        var now = time.GetUtcNow();
        var members = silos.ToDictionary(silo => silo.Silo);
        var leased = believed.Trials.Select(trial => trial.Lease?.Slot).OfType<string>().ToHashSet();
        foreach (var place in leased.Where(place => !members.ContainsKey(SiloOf(place))))
            yield return new SlotFailed(now, place);
        foreach (var place in believed.IdleSlots.Where(place => members.GetValueOrDefault(SiloOf(place)) is not { Answers: true }))
            yield return new SlotLost(now, place);
        foreach (var (silo, slot) in silos.SelectMany(silo => silo.Slots.Select(slot => (silo, slot))))
        {
            var place = ClusterReport.Place(silo.Silo, slot.Slot);
            var free = slot.Holders.All(holder => holder.Group != DeviceSlots.Training);
            if (free && now >= blockedUntil && !leased.Contains(place) && !believed.IdleSlots.Contains(place))
                yield return new SlotOffered(now, place);
            // Another sweep trains there: it is offered when that is over.
            else if (!free && believed.IdleSlots.Contains(place))
                yield return new SlotLost(now, place);
        }
        yield return new TimePassed(now);
    }

    private static string SiloOf(string place) => ClusterReport.Split(place)[0];

    /// <summary>Until the end is in the sweep's folder, the reminder and the timer try again.</summary>
    private async Task FinishAsync()
    {
        await Task.Run(() => storage.Finish(state!));
        await EndAsync();
    }

    private async Task EndAsync()
    {
        timer?.Dispose();
        timer = null;
        if (await this.GetReminder(Reminder) is { } reminder)
            await this.UnregisterReminder(reminder);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "sweep {Sweep} waits: {Reason}")]
    private partial void LogBlocked(string sweep, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "trial {Trial} did not start yet")]
    private partial void LogStart(Exception exception, string trial);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the cluster could not be looked at; it is tried again")]
    private partial void LogLook(Exception exception);
}
