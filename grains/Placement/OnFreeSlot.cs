using DnaBart.Serving;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace DnaBart.Grains.Placement;

/// <summary>Puts a model's replica on a silo that has a slot free for it, and keeps the slot until the replica takes it. Silos that announce no
/// slots are left out.</summary>
[Serializable, GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("dnabart.OnFreeSlot")]
public sealed class OnFreeSlot : PlacementStrategy
{
    /// <summary>The silo metadata that names a silo's slots.</summary>
    public const string SlotsKey = "dnabart.slots";
}

/// <summary>Marks a grain that needs a slot.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnFreeSlotAttribute() : PlacementAttribute(new OnFreeSlot());

internal sealed class OnFreeSlotDirector(IGrainFactory grains, ISiloMetadataCache metadata) : IPlacementDirector
{
    public async Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var replica = ReplicaName.Parse(target.GrainIdentity.Key.ToString()!);
        var silos = context.GetCompatibleSilos(target).Where(HasSlots).ToList();
        var reports = await Task.WhenAll(silos.Select(silo => Ask(silo, grain => grain.ReportAsync())));
        var byRoom = silos.Zip(reports)
            .Where(pair => pair.Second is not null)
            .OrderBy(pair => pair.Second!.Slots.Min(slot => slot.Holders.Count(holder => holder.Group != replica.Group)))
            .ThenByDescending(pair => pair.Second!.Slots.Count(slot => slot.Holders.All(holder => holder.Group != replica.Group)));
        // A report may be out of date by now; the silo itself has the last word.
        foreach (var (silo, _) in byRoom)
        {
            if (await Ask(silo, grain => grain.ReserveAsync($"{replica}", replica.Group)) is not null)
                return silo;
        }
        throw new OrleansException($"{replica}: no silo has a slot free for it");
    }

    private bool HasSlots(SiloAddress silo) => metadata.GetSiloMetadata(silo).Metadata.GetValueOrDefault(OnFreeSlot.SlotsKey) is { Length: > 0 };

    private async Task<T?> Ask<T>(SiloAddress silo, Func<ISiloGrain, Task<T>> question)
        where T : class?
    {
        try
        {
            return await question(grains.GetGrain<ISiloGrain>(silo.ToParsableString())).WaitAsync(ClusterGrain.Patience);
        }
        catch (Exception e) when (e is TimeoutException or OrleansException)
        {
            return null;
        }
    }
}
