using System.Collections.Immutable;
using DnaBart.Correction;
using DnaBart.Sequences;
using DnaBart.Serving;

namespace DnaBart.Silo.Serving;

/// <summary>Serves models from replicas in this process, one on each device.</summary>
public sealed class LocalModelServer : IModelServer, IAsyncDisposable
{
    private readonly IReplicaLoader loader;
    private readonly IReadOnlyList<string> devices;
    private readonly SemaphoreSlim loading = new(1);

    /// <summary>The last version of each name, also of models that are unloaded. Used by one load at a time.</summary>
    private readonly Dictionary<string, int> lastVersions = [];
    private volatile ImmutableSortedDictionary<string, Loaded> models = ImmutableSortedDictionary.Create<string, Loaded>(StringComparer.Ordinal);

    private sealed record Loaded(string Name, int Version, string Folder, IReadOnlyList<IModelReplica> Replicas)
    {
        public ModelStatus Status => new(Name, Version, Replicas[0].Kind, Folder, Replicas[0].Labels,
            [.. Replicas.Select(replica => new ReplicaStatus(null, replica.Device, replica.QueuedBases, false))]);
    }

    /// <param name="devices">Such as <c>cpu</c>, <c>cuda:0</c>; at least one.</param>
    public LocalModelServer(IReplicaLoader loader, IReadOnlyList<string> devices, ServingMeter meter)
    {
        (this.loader, this.devices) = (loader, devices);
        meter.ObserveQueue(() => models.Values.SelectMany(model => model.Replicas.Select(replica => (model.Name, replica.Device, replica.QueuedBases))));
    }

    public Task<bool> IsReadyAsync(CancellationToken cancellation) => Task.FromResult(!models.IsEmpty);

    public Task<IReadOnlyList<ModelStatus>> ListAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ModelStatus>>([.. models.Values.Select(model => model.Status)]);

    public Task<CorrectedRead[]> CorrectAsync(string model, IReadOnlyList<Read> reads, RequestTerms terms, CancellationToken cancellation) =>
        AskAsync(model, replica => replica.CorrectAsync(reads, terms, cancellation));

    public Task<double[][]> ClassifyAsync(string model, IReadOnlyList<byte[]> sequences, RequestTerms terms, CancellationToken cancellation) =>
        AskAsync(model, replica => replica.ClassifyAsync(sequences, terms, cancellation));

    /// <inheritdoc/>
    public async Task<ModelStatus> LoadAsync(string model, string folder, CancellationToken cancellation)
    {
        await loading.WaitAsync(cancellation);
        try
        {
            var replicas = new List<IModelReplica>();
            try
            {
                foreach (var device in devices)
                    replicas.Add(await loader.LoadAsync(model, folder, device, cancellation));
            }
            catch
            {
                await DrainAsync(replicas);
                throw;
            }
            var old = models.GetValueOrDefault(model);
            var loaded = new Loaded(model, lastVersions.GetValueOrDefault(model) + 1, folder, replicas);
            models = models.SetItem(model, loaded);
            lastVersions[model] = loaded.Version;
            if (old is not null)
                await DrainAsync(old.Replicas);
            return loaded.Status;
        }
        finally
        {
            loading.Release();
        }
    }

    /// <inheritdoc/>
    public async Task UnloadAsync(string model, CancellationToken cancellation)
    {
        await loading.WaitAsync(cancellation);
        try
        {
            var old = Find(model);
            models = models.Remove(model);
            await DrainAsync(old.Replicas);
        }
        finally
        {
            loading.Release();
        }
    }

    /// <summary>Drains and frees every model.</summary>
    public async ValueTask DisposeAsync()
    {
        var all = models;
        models = models.Clear();
        await DrainAsync(all.Values.SelectMany(model => model.Replicas));
    }

    private async Task<T> AskAsync<T>(string model, Func<IModelReplica, Task<T>> ask)
    {
        while (true)
        {
            var loaded = Find(model);
            try
            {
                return await ask(loaded.Replicas.MinBy(replica => replica.QueuedBases)!);
            }
            // Its successor was put in place before it began to drain.
            catch (ServingException e) when (e.Refusal == Refusal.Draining && !ReferenceEquals(models.GetValueOrDefault(model), loaded))
            {
            }
        }
    }

    private Loaded Find(string model) => models.GetValueOrDefault(model) ?? throw new ServingException(Refusal.UnknownModel,
        models.IsEmpty ? $"no model '{model}'; none is loaded" : $"no model '{model}'; loaded: {string.Join(", ", models.Keys)}");

    private static async Task DrainAsync(IEnumerable<IModelReplica> replicas)
    {
        foreach (var replica in replicas)
            await replica.DisposeAsync();
    }
}
