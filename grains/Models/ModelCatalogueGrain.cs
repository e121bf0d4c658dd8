using DnaBart.Serving;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace DnaBart.Grains.Models;

/// <summary>What the catalogue remembers.</summary>
[GenerateSerializer, Alias("dnabart.catalogue")]
public sealed class CatalogueState
{
    [Id(0)]
    public Dictionary<string, ModelEntry> Models { get; set; } = [];

    /// <summary>The last version given to each name, also of models that are unloaded: a version means one set of weights for ever.</summary>
    [Id(1)]
    public Dictionary<string, int> LastVersions { get; set; } = [];
}

/// <inheritdoc cref="IModelCatalogueGrain"/>
/// <remarks>It compares what should be with what is, once a second and after every change, and begins the next step of <see cref="ReplicaPlan"/>:
/// silos that come get their replicas, and a swap that its silo's death broke off is finished by its next activation, which a reminder sees to.
/// A load may take minutes: nothing but a change of the same model waits for it.</remarks>
[Reentrant, KeepAlive]
internal sealed partial class ModelCatalogueGrain(
    [PersistentState("catalogue", ClusterHosting.Storage)] IPersistentState<CatalogueState> memory, ILogger<ModelCatalogueGrain> log, TimeProvider time)
    : Grain, IModelCatalogueGrain, IRemindable
{
    private const string Reminder = "keep-serving";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A model that does not load now will not load a second later.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(15);

    /// <summary>One change of a model at a time.</summary>
    private readonly Dictionary<string, SemaphoreSlim> changing = [];

    /// <summary>One look or one write at a time: a look sees what is written down.</summary>
    private readonly SemaphoreSlim turn = new(1);

    /// <summary>What looks began, until the next look after its end: whether it was done.</summary>
    private readonly Dictionary<ReplicaName, Task<bool>> underWay = [];

    /// <summary>First replicas of versions that are not the wanted ones yet.</summary>
    private readonly HashSet<ReplicaName> proving = [];
    private readonly Dictionary<string, DateTimeOffset> notBefore = [];

    private Dictionary<string, ModelEntry> Models => memory.State.Models;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await this.RegisterOrUpdateReminder(Reminder, ClusterHosting.ReminderPeriod, ClusterHosting.ReminderPeriod);
        this.RegisterGrainTimer(KeepServingAsync, new GrainTimerCreationOptions(Interval, Interval) { Interleave = true });
    }

    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;

    public Task<ModelEntry[]> ListAsync() => Task.FromResult(Models.Values.OrderBy(model => model.Name, StringComparer.Ordinal).ToArray());

    public async Task<LoadReply> LoadAsync(string model, string folder, bool onlyIfAbsent)
    {
        // Before its turn: a silo that starts need not wait for a load of what there is.
        if (onlyIfAbsent && Models.TryGetValue(model, out var present))
            return new LoadReply(present, null);
        return await ChangeAsync(model, async () =>
        {
            if (onlyIfAbsent && Models.TryGetValue(model, out present))
                return new LoadReply(present, null);
            if ((await GrainFactory.GetGrain<IClusterGrain>(0).ReportAsync()).Silos.All(silo => silo.Slots.Length == 0))
                return new LoadReply(null, $"{model}: no silo of the cluster has a slot to load it on");
            // Used up even if it does not load: a replica of it that nobody waits for any more must not pass for one of the next folder's.
            var version = memory.State.LastVersions.GetValueOrDefault(model) + 1;
            await WriteAsync(() => memory.State.LastVersions[model] = version);
            // The first replica proves the folder, while the old version serves on.
            var name = new ReplicaName(model, version, 0);
            proving.Add(name);
            LoadReply first;
            try
            {
                first = await StartAsync(name, folder);
                if (first.Model is null)
                    return first;
                await WriteAsync(() => Models[model] = first.Model);
            }
            finally
            {
                proving.Remove(name);
            }
            notBefore.Remove(model);
            await SettleAsync(model);
            return first;
        });
    }

    public Task<bool> UnloadAsync(string model) => ChangeAsync(model, async () =>
    {
        if (!Models.ContainsKey(model))
            return false;
        await WriteAsync(() => Models.Remove(model));
        await SettleAsync(model);
        return true;
    });

    private async Task<T> ChangeAsync<T>(string model, Func<Task<T>> change)
    {
        if (!changing.TryGetValue(model, out var alone))
            changing[model] = alone = new SemaphoreSlim(1);
        await alone.WaitAsync();
        try
        {
            return await change();
        }
        finally
        {
            alone.Release();
        }
    }

    private async Task WriteAsync(Action change)
    {
        await turn.WaitAsync();
        var before = new CatalogueState { Models = new(memory.State.Models), LastVersions = new(memory.State.LastVersions) };
        try
        {
            change();
            await memory.WriteStateAsync();
        }
        catch
        {
            // What was not written down did not happen, also where the storage does not answer now. Where it does it has the last word: the write may
            // have been done, and the answer lost.
            memory.State = before;
            await memory.ReadStateAsync();
            throw;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task KeepServingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LookAsync();
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            LogStep(e);
        }
    }

    /// <summary>Goes on until there is nothing to do for a model, or nothing that works: that is tried again later.</summary>
    private async Task SettleAsync(string model)
    {
        while (true)
        {
            await LookAsync();
            var work = underWay.Where(entry => entry.Key.Model == model).Select(entry => entry.Value).ToList();
            if (work.Count == 0 || !Array.TrueForAll(await Task.WhenAll(work), done => done))
                return;
        }
    }

    /// <summary>Compares what should be with what is, and begins what there is to do.</summary>
    private async Task LookAsync()
    {
        await turn.WaitAsync();
        try
        {
            // What ends from now on may be missing in the report: it stays for this look.
            foreach (var (replica, _) in underWay.Where(entry => entry.Value.IsCompleted).ToList())
                underWay.Remove(replica);
            var silos = (await GrainFactory.GetGrain<IClusterGrain>(0).ReportAsync()).Silos;
            var now = time.GetUtcNow();
            var plan = ReplicaPlan.Next(
                Models.Values.ToDictionary(model => model.Name, model => model.Version),
                [.. silos.SelectMany(silo => silo.Slots.Select(slot => ClusterReport.Place(silo.Silo, slot.Slot)))],
                [.. silos.SelectMany(silo => silo.Replicas
                    .Where(replica => replica.State != ReplicaState.Draining)
                    .Select(replica => new PlacedReplica(
                        ReplicaName.Parse(replica.Name), ClusterReport.Place(silo.Silo, replica.Slot), replica.State == ReplicaState.Serving)))],
                underWay.Keys.Concat(proving).ToHashSet());
            foreach (var replica in plan.Retire)
                underWay[replica] = RetireAsync(replica);
            foreach (var replica in plan.Start.Where(replica => notBefore.GetValueOrDefault(replica.Model) <= now))
                underWay[replica] = KeepAsync(replica, Models[replica.Model].Folder);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<bool> KeepAsync(ReplicaName replica, string folder)
    {
        if ((await StartAsync(replica, folder)).Problem is null)
            return true;
        notBefore[replica.Model] = time.GetUtcNow() + RetryAfter;
        return false;
    }

    private async Task<LoadReply> StartAsync(ReplicaName replica, string folder)
    {
        LoadReply reply;
        try
        {
            reply = await GrainFactory.GetGrain<IModelReplicaGrain>($"{replica}").StartAsync(folder);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            reply = new LoadReply(null, e.Message);
        }
        if (reply.Problem is not null)
            LogStart($"{replica}", reply.Problem);
        return reply;
    }

    private async Task<bool> RetireAsync(ReplicaName replica)
    {
        try
        {
            await GrainFactory.GetGrain<IModelReplicaGrain>($"{replica}").RetireAsync();
            return true;
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            LogStep(e);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "replica {Replica} did not start: {Problem}")]
    private partial void LogStart(string replica, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the models' replicas could not be brought in order; it is tried again")]
    private partial void LogStep(Exception exception);
}
