using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace DnaBart.Grains.Placement;

/// <summary>Puts a grain on the silo whose address its key begins with (up to the first <c>|</c>), or nowhere.</summary>
[Serializable, GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("dnabart.PinnedToSilo")]
public sealed class PinnedToSilo : PlacementStrategy;

/// <summary>Marks a grain that is pinned to a silo by its key.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PinnedToSiloAttribute() : PlacementAttribute(new PinnedToSilo());

internal sealed class PinnedToSiloDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silo = SiloAddress.FromParsableString(ClusterReport.Split(target.GrainIdentity.Key.ToString()!)[0]);
        return context.GetCompatibleSilos(target).Contains(silo)
            ? Task.FromResult(silo)
            : throw new SiloUnavailableException($"{target.GrainIdentity}: its silo is not a member of the cluster");
    }
}
