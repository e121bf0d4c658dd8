using System.Collections.Concurrent;
using DnaBart.IO;

namespace DnaBart.Serving;

/// <summary>Where a replica is in its life.</summary>
public enum ReplicaState
{
    /// <summary>It holds its slot and reads the model.</summary>
    Loading,

    /// <summary>It takes requests.</summary>
    Serving,

    /// <summary>It answers what it has accepted and takes no more.</summary>
    Draining,
}

/// <summary>A replica of this machine.</summary>
/// <param name="Replica">The model; null while it loads.</param>
public sealed record LocalReplica(ReplicaName Name, string Slot, ReplicaState State, IModelReplica? Replica);

/// <summary>The replicas of one machine of a cluster: loads them on its slots and frees them. Thread-safe.</summary>
public sealed class SiloReplicas(DeviceSlots slots, IReplicaLoader loader)
{
    private readonly ConcurrentDictionary<ReplicaName, LocalReplica> replicas = [];

    public IReadOnlyCollection<LocalReplica> All => [.. replicas.Values];

    /// <summary>Whether the machine has slots at all: one without answers from the replicas of others.</summary>
    public bool HasSlots => slots.Names.Length > 0;

    /// <summary>Whether a replica is here, in whatever state.</summary>
    public bool Has(ReplicaName name) => replicas.ContainsKey(name);

    /// <summary>Takes a slot and loads a model on it. The slot is free again if that fails.</summary>
    /// <exception cref="InputException">No slot is free, or the folder holds no usable model.</exception>
    public async Task<LocalReplica> StartAsync(ReplicaName name, string folder, CancellationToken cancellation)
    {
        var slot = slots.Claim($"{name}", name.Group)
            ?? throw new InputException($"{name}: every slot of this machine ({string.Join(", ", slots.Names)}) has a replica of it");
        var loading = new LocalReplica(name, slot, ReplicaState.Loading, null);
        if (!replicas.TryAdd(name, loading))
            throw new InvalidOperationException($"{name} is here already");
        try
        {
            var replica = await loader.LoadAsync(name.Model, folder, DeviceSlots.DeviceOf(slot), cancellation);
            return replicas[name] = loading with { State = ReplicaState.Serving, Replica = replica };
        }
        catch
        {
            replicas.TryRemove(name, out _);
            slots.Release($"{name}");
            throw;
        }
    }

    /// <summary>The loaded replica.</summary>
    /// <exception cref="ServingException">It is not here, or takes no more: another one will answer.</exception>
    public IModelReplica Find(ReplicaName name) =>
        replicas.TryGetValue(name, out var local) && local is { State: ReplicaState.Serving, Replica: { } replica }
            ? replica
            : throw new ServingException(Refusal.Draining, $"{name}: this replica serves no more");

    /// <summary>Takes no more, answers what was accepted, then frees the model and the slot.</summary>
    public async Task RetireAsync(ReplicaName name)
    {
        if (replicas.TryGetValue(name, out var local) && local is { State: ReplicaState.Serving, Replica: { } replica }
            && replicas.TryUpdate(name, local with { State = ReplicaState.Draining }, local))
        {
            try
            {
                await replica.DisposeAsync();
            }
            finally
            {
                replicas.TryRemove(name, out _);
                slots.Release($"{name}");
            }
        }
    }
}
