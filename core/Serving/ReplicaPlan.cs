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
public sealed record PlacedReplica(ReplicaName Name, string Place);

/// <summary>What a cluster has to do to serve the models it should: the wanted version of each, once on every slot. Swaps roll: at any
/// time a slot has one more replica of a model than it needs at most, and only one slot at a time.</summary>
/// <param name="Retire">Replicas that are of no more use.</param>
/// <param name="Start">Replicas to be started, at most one a model; when they have, plan again.</param>
public sealed record ReplicaPlan(ImmutableArray<ReplicaName> Retire, ImmutableArray<ReplicaName> Start)
{
    /// <summary>Plans the next step.</summary>
    /// <param name="wanted">The version of each model that should be served.</param>
    /// <param name="places">All slots of the cluster.</param>
    /// <param name="replicas">The replicas there are; those that are on their way out are not among them.</param>
    public static ReplicaPlan Next(
        IReadOnlyDictionary<string, int> wanted, IReadOnlyCollection<string> places, IReadOnlyCollection<PlacedReplica> replicas)
    {
        bool IsCurrent(PlacedReplica replica) => wanted.TryGetValue(replica.Name.Model, out var version) && replica.Name.Version == version;

        var current = replicas.Where(IsCurrent).ToLookup(replica => replica.Name.Model);
        // An old version goes where the wanted one has come, or when it has come wherever it could.
        var retire = replicas.Where(replica => !IsCurrent(replica)
            && (!wanted.ContainsKey(replica.Name.Model)
                || current[replica.Name.Model].Any(other => other.Place == replica.Place)
                || current[replica.Name.Model].Select(other => other.Place).Intersect(places).Count() == places.Count));
        var start = wanted
            .Where(model => places.Except(current[model.Key].Select(replica => replica.Place)).Any())
            .OrderBy(model => model.Key, StringComparer.Ordinal)
            .Select(model => new ReplicaName(model.Key, model.Value, FirstFree(current[model.Key].Select(replica => replica.Name.Number))));
        return new ReplicaPlan([.. retire.Select(replica => replica.Name)], [.. start]);
    }

    private static int FirstFree(IEnumerable<int> used)
    {
        var taken = used.ToHashSet();
        return Enumerable.Range(0, int.MaxValue).First(number => !taken.Contains(number));
    }
}
