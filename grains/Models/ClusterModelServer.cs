using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Serving;
using Orleans.Runtime;

namespace DnaBart.Grains.Models;

/// <summary>Serves from the replicas of the whole cluster, for a silo's HTTP API and for an Orleans client: each request goes to the least busy
/// replica, and to another one if that is lost before it answers. What a request gets is one answer, whichever attempt it comes from.</summary>
/// <param name="local">The replicas of the silo that this is in; null in a client.</param>
public sealed class ClusterModelServer(IGrainFactory grains, TimeProvider time, SiloReplicas? local = null) : IModelServer
{
    /// <summary>How often a request that waits makes sure of its replica.</summary>
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(1);

    /// <summary>A replica missing from so many reports in a row is taken for lost: one may be late.</summary>
    private const int ReportsToBeLost = 2;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly ClusterView view = new(grains, time);
    private readonly ReplicaLoads loads = new();
    private volatile ModelEntry[]? known;

    private IModelCatalogueGrain Catalogue => grains.GetGrain<IModelCatalogueGrain>(0);

    /// <summary>Whether one of this silo's own replicas takes requests: a silo that is updated is ready when it could do the work of the one that ends. A silo
    /// without slots is when the cluster has a model.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellation) => local is { HasSlots: true }
        ? local.All.Any(replica => replica.State == ReplicaState.Serving)
        : (await EntriesAsync(cancellation)).Length > 0;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ModelStatus>> ListAsync(CancellationToken cancellation)
    {
        var models = await EntriesAsync(cancellation);
        // Not a fresh one: every request that names no model comes here, and a silo that hangs holds up each report until it is given up.
        var report = await view.GetAsync().AsTask().WaitAsync(cancellation);
        return [.. models.Select(model => Status(model, report))];
    }

    /// <inheritdoc/>
    public async Task<CorrectedRead[]> CorrectAsync(string model, IReadOnlyList<Read> reads, RequestTerms terms, CancellationToken cancellation)
    {
        var message = new ReadsMessage([.. reads.Select(read => read.Bases)], [.. reads.Select(read => read.Quality)]);
        var corrected = await CallAsync(model, ModelKind.Correction, reads.Sum(read => (long)read.Bases.Length), terms,
            (replica, request, stop) => replica.CorrectAsync(request, message, stop), cancellation);
        return [.. reads.Zip(corrected, (read, answer) =>
            new CorrectedRead(read, answer.Bases, [.. answer.Positions.Zip(answer.LogOdds, (position, odds) => new BaseChange(position, odds))]))];
    }

    /// <inheritdoc/>
    public Task<double[][]> ClassifyAsync(string model, IReadOnlyList<byte[]> sequences, RequestTerms terms, CancellationToken cancellation)
    {
        byte[][] message = [.. sequences];
        return CallAsync(model, ModelKind.Classification, sequences.Sum(sequence => (long)sequence.Length), terms,
            (replica, request, stop) => replica.ClassifyAsync(request, message, stop), cancellation);
    }

    /// <inheritdoc/>
    public Task<ModelStatus> LoadAsync(string model, string folder, CancellationToken cancellation) => LoadAsync(model, folder, onlyIfAbsent: false, cancellation);

    /// <summary>As <see cref="LoadAsync(string, string, CancellationToken)"/>.</summary>
    /// <param name="onlyIfAbsent">Does nothing if there is a model of that name: what a silo that starts asks for.</param>
    public async Task<ModelStatus> LoadAsync(string model, string folder, bool onlyIfAbsent, CancellationToken cancellation)
    {
        var reply = await Catalogue.LoadAsync(model, folder, onlyIfAbsent).WaitAsync(cancellation);
        return reply.Model is { } entry
            ? Status(entry, await view.RefreshAsync().WaitAsync(cancellation))
            : throw new InputException(reply.Problem!);
    }

    /// <inheritdoc/>
    public async Task UnloadAsync(string model, CancellationToken cancellation)
    {
        if (!await Catalogue.UnloadAsync(model).WaitAsync(cancellation))
            throw Unknown(model);
    }

    /// <summary>What the catalogue has; what it had, in the moments when it is on its way from a dead silo to another.</summary>
    private async Task<ModelEntry[]> EntriesAsync(CancellationToken cancellation)
    {
        try
        {
            return known = await Catalogue.ListAsync().WaitAsync(ClusterGrain.Patience, time, cancellation);
        }
        catch (Exception e) when (e is TimeoutException or OrleansException && known is not null)
        {
            return known;
        }
    }

    private static ServingException Unknown(string model) => new(Refusal.UnknownModel, $"{model}: the cluster serves no model of that name");

    private static ModelStatus Status(ModelEntry model, ClusterReport report) => new(
        model.Name, model.Version, model.Kind, model.Folder, model.Labels,
        [
            .. from silo in report.Silos
               from replica in silo.Replicas
               where replica.State != ReplicaState.Loading && ReplicaName.Parse(replica.Name).Model == model.Name
               select new ReplicaStatus(silo.Name, DeviceSlots.DeviceOf(replica.Slot), replica.QueuedBases, replica.State == ReplicaState.Draining),
        ]);

    private async Task<T> CallAsync<T>(
        string model, ModelKind kind, long bases, RequestTerms terms,
        Func<IModelReplicaGrain, RequestMessage, CancellationToken, Task<ReplicaReply<T>>> call, CancellationToken cancellation)
        where T : class
    {
        var request = Guid.NewGuid();
        var left = new HashSet<string>();
        ServingException? full = null;
        string? unanswered = null;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var timeLeft = terms.Deadline - time.GetUtcNow();
            if (timeLeft <= TimeSpan.Zero)
                throw full ?? new ServingException(Refusal.DeadlineExceeded, $"{model}: the deadline passed before a replica answered");
            if (await OrNullAsync(view.GetAsync().AsTask(), cancellation) is not { } report)
                continue;
            var serving = ClusterView.Serving(report, model);
            foreach (var replica in serving)
                loads.Report(replica.Name, replica.QueuedBases);
            var names = serving.Select(replica => replica.Name).Except(left).ToList();
            if (names.Count == 0 && full is not null)
                throw full;
            if (names.Count == 0)
            {
                await WaitForReplicasAsync(model, kind, cancellation);
                left.Clear();
                continue;
            }
            // Where it may still be computed, it is asked for again: it is not computed twice.
            var name = loads.Send(unanswered is not null && names.Contains(unanswered) ? [unanswered] : names, bases);
            unanswered = null;
            try
            {
                if (await AttemptAsync(name, stop => call(grains.GetGrain<IModelReplicaGrain>(name), new RequestMessage(request, timeLeft, terms.Continues), stop), cancellation) is not { } reply)
                {
                    left.Add(name);
                    continue;
                }
                if (reply.Result is { } result)
                    return result;
                var refusal = reply.Refusal!.ToException();
                if (refusal.Refusal == Refusal.QueueFull)
                    full = refusal;
                else if (refusal.Refusal != Refusal.Draining)
                    throw refusal;
                left.Add(name);
            }
            // An external client hears nothing of a gateway's death but its own time-out.
            catch (TimeoutException)
            {
                unanswered = name;
            }
            finally
            {
                loads.Answered(name, bases);
            }
        }
    }

    /// <summary>Sends a request and waits for its answer; null when the replica is lost.</summary>
    private async Task<ReplicaReply<T>?> AttemptAsync<T>(string name, Func<CancellationToken, Task<ReplicaReply<T>>> call, CancellationToken cancellation)
        where T : class
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var answer = call(stop.Token);
        try
        {
            for (var missing = 0; missing < ReportsToBeLost;)
            {
                if (await Task.WhenAny(answer, Task.Delay(Watch, time, cancellation)) == answer)
                    return await answer;
                cancellation.ThrowIfCancellationRequested();
                var report = await view.RefreshAsync();
                missing = report.Silos.Any(silo => silo.Replicas.Any(replica => replica.Name == name)) ? 0 : missing + 1;
            }
            stop.Cancel();
            // Nobody waits for it any more.
            _ = answer.ContinueWith(task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
        catch (OrleansException)
        {
        }
        return null;
    }

    /// <summary>No replica of the model takes requests: waits a moment if there will be one, and refuses otherwise.</summary>
    private async Task WaitForReplicasAsync(string model, ModelKind kind, CancellationToken cancellation)
    {
        if (await OrNullAsync(EntriesAsync(cancellation), cancellation) is not { } entries)
            return;
        var entry = entries.FirstOrDefault(entry => entry.Name == model) ?? throw Unknown(model);
        if (entry.Kind != kind)
            throw new ServingException(Refusal.WrongKind, $"{model}: it is for {entry.Kind.ToString().ToLowerInvariant()}");
        await Task.Delay(Pause, time, cancellation);
        await OrNullAsync(view.RefreshAsync(), cancellation);
    }

    /// <summary>An answer of the cluster's; null, a moment later, where none came, as in the moments until a client's gateway is known to be lost.</summary>
    private async Task<T?> OrNullAsync<T>(Task<T> asked, CancellationToken cancellation)
        where T : class
    {
        try
        {
            return await asked.WaitAsync(cancellation);
        }
        catch (Exception e) when (e is TimeoutException or OrleansException)
        {
            await Task.Delay(Pause, time, cancellation);
            return null;
        }
    }
}
