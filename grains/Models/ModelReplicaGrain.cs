using DnaBart.Correction;
using DnaBart.Grains.Placement;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Serving;
using Orleans.Concurrency;

namespace DnaBart.Grains.Models;

/// <inheritdoc cref="IModelReplicaGrain"/>
/// <remarks>The grain computes nothing itself: it waits for the silo's <see cref="IModelReplica"/>, whose device has a thread of its own.</remarks>
[OnFreeSlot, Reentrant, KeepAlive]
internal sealed class ModelReplicaGrain(SiloReplicas replicas, DeviceSlots slots, TimeProvider time) : Grain, IModelReplicaGrain
{
    private readonly Dictionary<Guid, Task> computing = [];

    private ReplicaName Name => ReplicaName.Parse(this.GetPrimaryKeyString());

    public async Task<LoadReply> StartAsync(string folder)
    {
        var name = Name;
        try
        {
            var local = await replicas.StartAsync(name, folder, CancellationToken.None);
            return new LoadReply(new ModelEntry(name.Model, name.Version, local.Replica!.Kind, folder, [.. local.Replica.Labels]), null);
        }
        // Whatever went wrong is the reply: exceptions of other assemblies do not travel.
        catch (Exception e)
        {
            DeactivateOnIdle();
            return new LoadReply(null, e is InputException ? e.Message : $"{folder}: cannot be loaded: {e.Message}");
        }
    }

    public Task<ReplicaReply<CorrectedMessage[]>> CorrectAsync(RequestMessage request, ReadsMessage reads, CancellationToken cancellation) =>
        AnswerAsync(request.Id, async replica =>
        {
            var list = reads.Bases.Zip(reads.Qualities, (bases, quality) => new Read("", bases, quality)).ToArray();
            var corrected = await replica.CorrectAsync(list, Terms(request), cancellation);
            return Array.ConvertAll(corrected, read =>
                new CorrectedMessage(read.Bases, [.. read.Changes.Select(change => change.Position)], [.. read.Changes.Select(change => change.LogOdds)]));
        });

    public Task<ReplicaReply<double[][]>> ClassifyAsync(RequestMessage request, byte[][] sequences, CancellationToken cancellation) =>
        AnswerAsync(request.Id, replica => replica.ClassifyAsync(sequences, Terms(request), cancellation));

    public async Task RetireAsync()
    {
        await replicas.RetireAsync(Name);
        DeactivateOnIdle();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => replicas.RetireAsync(Name);

    private RequestTerms Terms(RequestMessage request) => new(time.GetUtcNow() + request.TimeLeft, request.Continues);

    private async Task<ReplicaReply<T>> AnswerAsync<T>(Guid request, Func<IModelReplica, Task<T>> compute)
        where T : class
    {
        IModelReplica? replica = null;
        try
        {
            replica = replicas.Find(Name);
            if (!computing.TryGetValue(request, out var result))
                computing[request] = result = compute(replica);
            var answer = await (Task<T>)result;
            return new ReplicaReply<T>(answer, null, replica.QueuedBases);
        }
        catch (ServingException e)
        {
            if (replica is null && !replicas.Has(Name))
            {
                // Called by someone who did not know that it has gone: it was placed anew, and must not keep the slot that was kept for it.
                slots.Release($"{Name}");
                DeactivateOnIdle();
            }
            return new ReplicaReply<T>(null, RefusalReply.Of(e), replica?.QueuedBases ?? 0);
        }
        finally
        {
            computing.Remove(request);
        }
    }
}
