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
public sealed class SiloReplicas(DeviceSlots slots, IReplicaLoader loader, TimeProvider time)
{
    /// <summary>A load that takes longer is given up: storage that hangs would hold its slot, and whoever waits for it, for ever.</summary>
    public static readonly TimeSpan LongestLoad = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<ReplicaName, LocalReplica> replicas = [];

    public IReadOnlyCollection<LocalReplica> All => [.. replicas.Values];

    /// <summary>Whether the machine has slots at all: one without answers from the replicas of others.</summary>
    public bool HasSlots => slots.Names.Length > 0;

    /// <summary>Takes a slot and loads a model on it. The slot is free again if that fails.</summary>
    /// <exception cref="InputException">No slot is free, the folder holds no usable model, or it was not read in <see cref="LongestLoad"/>.</exception>
    public async Task<LocalReplica> StartAsync(ReplicaName name, string folder, CancellationToken cancellation)
    {
        var slot = slots.Claim($"{name}", name.Group)
            ?? throw new InputException($"{name}: every slot of this machine ({string.Join(", ", slots.Names)}) has a replica of it");
        var loading = new LocalReplica(name, slot, ReplicaState.Loading, null);
        if (!replicas.TryAdd(name, loading))
            throw new InvalidOperationException($"{name} is here already");
        Task<IModelReplica>? load = null;
        try
        {
            load = loader.LoadAsync(name.Model, folder, DeviceSlots.DeviceOf(slot), cancellation);
            var replica = await load.WaitAsync(LongestLoad, time, cancellation);
            return replicas[name] = loading with { State = ReplicaState.Serving, Replica = replica };
        }
        catch (Exception e)
        {
            replicas.TryRemove(name, out _);
            slots.Release($"{name}");
            if (load is not { IsCompleted: false })
                throw;
            // No thread that waits for a disk can be ended: what it brings in the end is freed.
            _ = FreeAsync(load);
            if (e is not TimeoutException)
                throw;
            throw new InputException($"{folder}: not loaded within {LongestLoad.TotalMinutes} minutes; does its storage answer?", e);
        }
    }

    /// <summary>Frees the slot that is kept for a replica which is not here, not even in part.</summary>
    /// <returns>Whether that was so.</returns>
    public bool ReleaseAbsent(ReplicaName name)
    {
        if (replicas.ContainsKey(name))
            return false;
        slots.Release($"{name}");
        return true;
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

    private static async Task FreeAsync(Task<IModelReplica> load)
    {
        try
        {
            await using var replica = await load;
        }
        catch (Exception)
        {
            // It failed in the end: nothing is to be freed, and nobody waits for it.
        }
    }
}
