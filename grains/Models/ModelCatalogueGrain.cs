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
/// <remarks>It compares what should be with what is, once a second and after every change, and does the next step of <see cref="ReplicaPlan"/>: silos
/// that come get their replicas, and a swap that its silo's death broke off is finished by its next activation, which a reminder sees to.</remarks>
[Reentrant, KeepAlive]
internal sealed partial class ModelCatalogueGrain(
    [PersistentState("catalogue", ClusterHosting.Storage)] IPersistentState<CatalogueState> memory, ILogger<ModelCatalogueGrain> log, TimeProvider time)
    : Grain, IModelCatalogueGrain, IRemindable
{
    private const string Reminder = "keep-serving";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A model that does not load now will not load a second later.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim changing = new(1);
    private readonly Dictionary<string, DateTimeOffset> notBefore = [];

    private Dictionary<string, ModelEntry> Models => memory.State.Models;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await this.RegisterOrUpdateReminder(Reminder, ClusterHosting.ReminderPeriod, ClusterHosting.ReminderPeriod);
        this.RegisterGrainTimer(KeepServingAsync, new GrainTimerCreationOptions(Interval, Interval) { Interleave = true });
    }

    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;

    public Task<ModelEntry[]> ListAsync() => Task.FromResult(Models.Values.OrderBy(model => model.Name, StringComparer.Ordinal).ToArray());

    public Task<LoadReply> LoadAsync(string model, string folder, bool onlyIfAbsent) => ChangeAsync(async () =>
    {
        if (onlyIfAbsent && Models.TryGetValue(model, out var present))
            return new LoadReply(present, null);
        var version = memory.State.LastVersions.GetValueOrDefault(model) + 1;
        // The first replica proves the folder, while the old version serves on.
        var first = await StartAsync(new ReplicaName(model, version, 0), folder);
        if (first.Model is null)
            return first;
        Models[model] = first.Model;
        memory.State.LastVersions[model] = version;
        await memory.WriteStateAsync();
        await StepsAsync();
        return first;
    });

    public Task<bool> UnloadAsync(string model) => ChangeAsync(async () =>
    {
        if (!Models.Remove(model))
            return false;
        await memory.WriteStateAsync();
        await StepsAsync();
        return true;
    });

    private async Task<T> ChangeAsync<T>(Func<Task<T>> change)
    {
        await changing.WaitAsync();
        try
        {
            return await change();
        }
        catch
        {
            // What was not written down did not happen.
            await memory.ReadStateAsync();
            throw;
        }
        finally
        {
            changing.Release();
        }
    }

    private async Task KeepServingAsync(CancellationToken cancellationToken)
    {
        if (!await changing.WaitAsync(0, cancellationToken))
            return;
        try
        {
            await StepsAsync();
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            LogStep(e);
        }
        finally
        {
            changing.Release();
        }
    }

    /// <summary>Goes on until there is nothing to do, or nothing that works.</summary>
    private async Task StepsAsync()
    {
        while (true)
        {
            var silos = (await GrainFactory.GetGrain<IClusterGrain>(0).ReportAsync()).Silos;
            var now = time.GetUtcNow();
            var plan = ReplicaPlan.Next(
                Models.Values.ToDictionary(model => model.Name, model => model.Version),
                [.. silos.SelectMany(silo => silo.Slots.Select(slot => ClusterReport.Place(silo.Silo, slot.Slot)))],
                [.. silos.SelectMany(silo => silo.Replicas
                    .Where(replica => replica.State != ReplicaState.Draining)
                    .Select(replica => new PlacedReplica(ReplicaName.Parse(replica.Name), ClusterReport.Place(silo.Silo, replica.Slot))))]);
            var start = plan.Start.Where(replica => notBefore.GetValueOrDefault(replica.Model) <= now).ToList();
            if (plan.Retire.IsEmpty && start.Count == 0)
                return;
            await Task.WhenAll(plan.Retire.Select(replica => GrainFactory.GetGrain<IModelReplicaGrain>($"{replica}").RetireAsync()));
            foreach (var replica in start)
                await StartAsync(replica, Models[replica.Model].Folder);
        }
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
        {
            notBefore[replica.Model] = time.GetUtcNow() + RetryAfter;
            LogStart($"{replica}", reply.Problem);
        }
        return reply;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "replica {Replica} did not start: {Problem}")]
    private partial void LogStart(string replica, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the models' replicas could not be brought in order; it is tried again")]
    private partial void LogStep(Exception exception);
}
