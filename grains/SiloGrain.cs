using DnaBart.Grains.Placement;
using DnaBart.Serving;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace DnaBart.Grains;

/// <inheritdoc cref="ISiloGrain"/>
[PinnedToSilo, Reentrant]
internal sealed class SiloGrain(DeviceSlots slots, SiloReplicas replicas, ILocalSiloDetails silo, TimeProvider time) : Grain, ISiloGrain
{
    /// <summary>From the choice of a silo to the activation's first turn; a call's round trip.</summary>
    private static readonly TimeSpan ReservationTime = TimeSpan.FromSeconds(10);

    public Task<SiloReport> ReportAsync() => Task.FromResult(new SiloReport(
        silo.SiloAddress.ToParsableString(),
        silo.Name,
        true,
        [.. slots.Status().Select(slot => new SlotReport(slot.Slot, [.. slot.Holders.Select(holder => new HolderReport(holder.Holder, holder.Group))]))],
        [.. replicas.All.Select(local => new ReplicaReport($"{local.Name}", local.Slot, local.State, local.Replica?.QueuedBases ?? 0))]));

    public Task<string?> ReserveAsync(string holder, string group) =>
        Task.FromResult(slots.Reserve(holder, group, time.GetUtcNow() + ReservationTime));
}
