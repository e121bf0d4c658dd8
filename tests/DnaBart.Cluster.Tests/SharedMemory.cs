using System.Collections.Concurrent;
using DnaBart.Grains;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;

namespace DnaBart.Cluster.Tests;

/// <summary>A moment of the storage's work.</summary>
internal enum StorageMoment
{
    BeforeRead,
    BeforeWrite,

    /// <summary>It is written, and the writer has not heard so.</summary>
    AfterWrite,
}

/// <summary>Grain storage and reminders that outlive any silo of a test's cluster, as a database does.</summary>
internal sealed class SharedMemory : IReminderTable
{
    private readonly ConcurrentDictionary<string, (byte[] State, string ETag)> states = [];
    private readonly ConcurrentDictionary<(GrainId Grain, string Name), ReminderEntry> reminders = [];
    private long version;

    /// <summary>Called in the midst of the storage's work for a grain: holds it up, or has it fail.</summary>
    public Func<StorageMoment, GrainId, Task> Disturb { get; set; } = (_, _) => Task.CompletedTask;

    public void AddTo(ISiloBuilder silo)
    {
        silo.Services.AddKeyedSingleton<IGrainStorage>(ClusterHosting.Storage, (services, _) => new Storage(this, services.GetRequiredService<Serializer>()));
        silo.AddReminders();
        silo.Services.AddSingleton<IReminderTable>(this);
    }

    public Task<ReminderTableData> ReadRows(GrainId grainId) =>
        Task.FromResult(new ReminderTableData(reminders.Where(entry => entry.Key.Grain == grainId).Select(entry => entry.Value)));

    public Task<ReminderTableData> ReadRows(uint begin, uint end) => Task.FromResult(new ReminderTableData(reminders.Values.Where(entry =>
    {
        var hash = entry.GrainId.GetUniformHashCode();
        return begin < end ? hash > begin && hash <= end : hash > begin || hash <= end;
    })));

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) => Task.FromResult(reminders.GetValueOrDefault((grainId, reminderName)));

    public Task<string?> UpsertRow(ReminderEntry entry)
    {
        entry.ETag = $"{Interlocked.Increment(ref version)}";
        reminders[(entry.GrainId, entry.ReminderName)] = entry;
        return Task.FromResult<string?>(entry.ETag);
    }

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) => Task.FromResult(reminders.TryRemove((grainId, reminderName), out _));

    public Task TestOnlyClearTable()
    {
        reminders.Clear();
        return Task.CompletedTask;
    }

    private sealed class Storage(SharedMemory memory, Serializer serializer) : IGrainStorage
    {
        public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            await memory.Disturb(StorageMoment.BeforeRead, grainId);
            if (memory.states.TryGetValue($"{stateName}/{grainId}", out var stored))
                (grainState.State, grainState.ETag, grainState.RecordExists) = (serializer.Deserialize<T>(stored.State), stored.ETag, true);
        }

        public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            await memory.Disturb(StorageMoment.BeforeWrite, grainId);
            var next = (serializer.SerializeToArray(grainState.State), ETag: $"{Interlocked.Increment(ref memory.version)}");
            memory.states.AddOrUpdate($"{stateName}/{grainId}", _ => next,
                (_, stored) => stored.ETag == grainState.ETag ? next : throw new InconsistentStateException("another activation wrote", stored.ETag, grainState.ETag));
            await memory.Disturb(StorageMoment.AfterWrite, grainId);
            (grainState.ETag, grainState.RecordExists) = (next.ETag, true);
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();
    }
}
