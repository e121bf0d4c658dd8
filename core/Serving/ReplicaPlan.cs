using System.Collections.Immutable;

namespace DnaBart.Serving;

/// <summary>A replica's name in a cluster, <c>MODEL/VERSION/NUMBER</c>.</summary>
/// <param name="Number">Counts the replicas of a version; a number is used again once its replica is gone.</param>
public sealed record ReplicaName(string Model, int Version, int Number)
{
    /// <summary>Replicas of one version of a model: a slot takes one of them.</summary>
    public string Group => $"{Model}/{Version}";

    public override string ToString() => $"{Group}/{Number}";

    /// <summary>Of its text. A model's name may have slashes of its own.</summary>
    public static ReplicaName Parse(string text)
    {
        var parts = text.Split('/');
        return new ReplicaName(string.Join('/', parts[..^2]), int.Parse(parts[^2]), int.Parse(parts[^1]));
    }
}

/// <summary>A replica and the slot it holds, <c>SILO|SLOT</c>.</summary>
/// <param name="Serves">Whether it has loaded and takes requests.</param>
public sealed record PlacedReplica(ReplicaName Name, string Place, bool Serves);

/// <summary>What a cluster has to do to serve the models it should: the wanted version of each, once on every slot. All slots
/// load at the same time, for one that hangs must not keep the others waiting; on each, the old version serves until the new one does.</summary>
/// <param name="Retire">Replicas that are of no more use.</param>
/// <param name="Start">Replicas to be started, each on a slot that has none of its version.</param>
public sealed record ReplicaPlan(ImmutableArray<ReplicaName> Retire, ImmutableArray<ReplicaName> Start)
{
    /// <summary>Plans the next step.</summary>
    /// <param name="wanted">The version of each model that should be served.</param>
    /// <param name="places">All slots of the cluster.</param>
    /// <param name="replicas">The replicas there are; those that are on their way out are not among them.</param>
    /// <param name="underWay">What earlier plans said and is still being done, or was done since one looked: nothing is said of these.</param>
    public static ReplicaPlan Next(
        IReadOnlyDictionary<string, int> wanted, IReadOnlyCollection<string> places, IReadOnlyCollection<PlacedReplica> replicas,
        IReadOnlySet<ReplicaName> underWay)
    {
        bool IsCurrent(PlacedReplica replica) => wanted.TryGetValue(replica.Name.Model, out var version) && replica.Name.Version == version;

        var current = replicas.Where(IsCurrent).ToLookup(replica => replica.Name.Model);
        // An old version goes where the wanted one serves, or when it serves wherever it could. What still loads cannot be told to go.
        var serving = replicas.Where(replica => replica.Serves && IsCurrent(replica)).ToLookup(replica => replica.Name.Model, replica => replica.Place);
        var retire = replicas.Where(replica => replica.Serves && !IsCurrent(replica) && !underWay.Contains(replica.Name)
            && (!wanted.ContainsKey(replica.Name.Model)
                || serving[replica.Name.Model].Contains(replica.Place)
                || serving[replica.Name.Model].Intersect(places).Count() == places.Count));
        var start = wanted.OrderBy(model => model.Key, StringComparer.Ordinal).SelectMany(model =>
        {
            var there = current[model.Key].ToList();
            var coming = underWay.Where(name => name.Model == model.Key && name.Version == model.Value).Except(there.Select(replica => replica.Name)).ToList();
            var missing = places.Except(there.Select(replica => replica.Place)).Count() - coming.Count;
            return FreeNumbers(there.Select(replica => replica.Name).Concat(coming)).Take(Math.Max(0, missing))
                .Select(number => new ReplicaName(model.Key, model.Value, number));
        });
        return new ReplicaPlan([.. retire.Select(replica => replica.Name)], [.. start]);
    }

    private static IEnumerable<int> FreeNumbers(IEnumerable<ReplicaName> used)
    {
        var taken = used.Select(name => name.Number).ToHashSet();
        return Enumerable.Range(0, int.MaxValue).Where(number => !taken.Contains(number));
    }
}
