using System.Text.Json;
using DnaBart.Grains.Placement;
using DnaBart.Serving;
using DnaBart.Sweeps;
using Orleans.Concurrency;

namespace DnaBart.Grains.Sweeps;

/// <inheritdoc cref="ITrialGrain"/>
/// <remarks>Training is another process's, or at least another thread's, work: the grain starts it, waits, and tells the coordinator, again and
/// again until it is heard.</remarks>
[PinnedToSilo, Reentrant, KeepAlive]
internal sealed class TrialGrain(DeviceSlots slots, ISweepStorage storage, TimeProvider time) : Grain, ITrialGrain
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource gone = new();
    private Task? running;

    private TrialName Name => TrialName.Parse(this.GetPrimaryKeyString());

    private ISweepGrain Coordinator => GrainFactory.GetGrain<ISweepGrain>(Name.Sweep);

    public Task<bool> StartAsync(string rung, TimeSpan leaseTime)
    {
        if (running is null && !slots.Claim(this.GetPrimaryKeyString(), DeviceSlots.Training, Name.Slot))
        {
            DeactivateOnIdle();
            return Task.FromResult(false);
        }
        // The plan's slot is one of the cluster's; what trains knows this machine's.
        running ??= RunAsync(JsonSerializer.Deserialize<StartRung>(rung, SweepJournal.Json)! with { Slot = Name.Slot }, leaseTime);
        return Task.FromResult(true);
    }

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        if (running is null)
            DeactivateOnIdle();
    }

    /// <summary>The silo is leaving, or the grain is done. What still trains is preempted, and that is no failure.</summary>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // In this order: what stops looks at whether the grain is going.
        await gone.CancelAsync();
        await stop.CancelAsync();
        if (running is not null)
            await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private async Task RunAsync(StartRung rung, TimeSpan leaseTime)
    {
        try
        {
            var (key, coordinator) = (this.GetPrimaryKeyString(), Coordinator);
            var runner = storage.Runner(Name.Sweep);
            // A heartbeat that is lost is followed by another.
            void Beat(Heartbeat beat) => coordinator.ReportAsync(Json(beat), key).Ignore();
            var end = await Task.Run(() => TrialRun.RunAsync(runner, rung, leaseTime, time, Beat, stop.Token));
            if (gone.IsCancellationRequested)
                end ??= new TrialPreempted(time.GetUtcNow(), rung.Trial.Id, rung.Lease);
            // The slot is freed only when the coordinator knows: a lease without a training on its slot is one that has to be started.
            while (end is not null && !await TellAsync(end))
            {
                await Task.Delay(Retry, time, gone.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                if (gone.IsCancellationRequested)
                    break;
            }
        }
        finally
        {
            slots.Release(this.GetPrimaryKeyString());
            DeactivateOnIdle();
        }
    }

    private async Task<bool> TellAsync(SweepEvent end)
    {
        try
        {
            await Coordinator.ReportAsync(Json(end), this.GetPrimaryKeyString());
            return true;
        }
        catch (Exception)
        {
            // The coordinator is on its way to another silo, or its storage is away.
            return false;
        }
    }

    private static string Json(SweepEvent happened) => JsonSerializer.Serialize(happened, SweepJournal.Json);
}
