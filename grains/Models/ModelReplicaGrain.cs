using DnaBart.Grains.Placement;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Serving;
using Orleans.Concurrency;

namespace DnaBart.Grains.Models;

/// <inheritdoc cref="IModelReplicaGrain"/>
/// <remarks>The grain computes nothing itself: it waits for the silo's <see cref="IModelReplica"/>, whose device has a thread of its own.</remarks>
[OnFreeSlot, Reentrant, KeepAlive]
internal sealed class ModelReplicaGrain(SiloReplicas replicas, TimeProvider time) : Grain, IModelReplicaGrain
{
    private readonly Dictionary<Guid, Task> computing = [];
    private Task<LoadReply>? starting;

    private ReplicaName Name => ReplicaName.Parse(this.GetPrimaryKeyString());

    /// <remarks>Asked again, by a catalogue that has moved meanwhile, it loads once.</remarks>
    public Task<LoadReply> StartAsync(string folder) => starting ??= LoadAsync(folder);

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

    private async Task<LoadReply> LoadAsync(string folder)
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
            return new ReplicaReply<T>(answer, null);
        }
        catch (ServingException e)
        {
            // Called by someone who did not know that it has gone: it was placed anew, and must not keep the slot that was kept for it.
            if (replica is null && replicas.ReleaseAbsent(Name))
                DeactivateOnIdle();
            return new ReplicaReply<T>(null, RefusalReply.Of(e));
        }
        finally
        {
            computing.Remove(request);
        }
    }
}
