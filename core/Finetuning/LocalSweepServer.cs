using System.Runtime.CompilerServices;
using DnaBart.IO;
using DnaBart.Sweeps;

namespace DnaBart.Finetuning;

/// <summary>Runs sweeps in this process, one after the other, and goes on with those that an earlier process left unfinished.</summary>
public sealed class LocalSweepServer : ISweepServer, IAsyncDisposable
{
    private sealed class Entry(SweepState state)
    {
        public SweepState State { get; set; } = state;

        public bool IsCancelled { get; set; }

        public LocalSweep? Sweep { get; set; }

        public TaskCompletionSource Changed { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private readonly SweepRoot root;
    private readonly IReadOnlyList<string> slots;
    private readonly TimeProvider time;
    private readonly Lock guard = new();
    private readonly Dictionary<string, Entry> sweeps = [];
    private readonly List<string> order = [];
    private readonly SemaphoreSlim turn = new(1);
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> running = [];

    /// <param name="slots">Device slots of this machine.</param>
    public LocalSweepServer(SweepRoot root, IReadOnlyList<string> slots, TimeProvider time)
    {
        (this.root, this.slots, this.time) = (root, slots, time);
        foreach (var folder in root.Folders)
            Add(folder.ReadState());
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SweepState>> ListAsync(CancellationToken cancellation)
    {
        lock (guard)
            return Task.FromResult<IReadOnlyList<SweepState>>([.. order.Select(name => sweeps[name].State)]);
    }

    /// <inheritdoc/>
    public Task<SweepState> StartAsync(SweepPlan plan, CancellationToken cancellation)
    {
        lock (guard)
        {
            if (sweeps.ContainsKey(plan.Name))
                throw new InputException($"{plan.Name}: there is a sweep of that name already; choose another name");
            root.Create(plan);
            return Task.FromResult(Add(SweepState.Initial(plan)));
        }
    }

    /// <inheritdoc/>
    public Task<SweepState?> FindAsync(string name, CancellationToken cancellation)
    {
        lock (guard)
            return Task.FromResult(sweeps.GetValueOrDefault(name)?.State);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<SweepState> WatchAsync(string name, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            SweepState state;
            Task changed;
            lock (guard)
            {
                if (!sweeps.TryGetValue(name, out var entry))
                    yield break;
                (state, changed) = (entry.State, entry.Changed.Task);
            }
            yield return state;
            if (state.IsOver)
                yield break;
            await changed.WaitAsync(cancellation);
        }
    }

    /// <inheritdoc/>
    public Task<bool> CancelAsync(string name, CancellationToken cancellation)
    {
        lock (guard)
        {
            if (!sweeps.TryGetValue(name, out var entry))
                return Task.FromResult(false);
            entry.IsCancelled = true;
            entry.Sweep?.Post(new SweepCancelled(time.GetUtcNow()));
            return Task.FromResult(true);
        }
    }

    /// <summary>Stops what runs; the next process goes on with it.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(running);
    }

    private SweepState Add(SweepState state)
    {
        var entry = new Entry(state);
        sweeps.Add(state.Plan.Name, entry);
        order.Add(state.Plan.Name);
        if (!state.IsOver)
            running.Add(Task.Run(() => RunAsync(entry)));
        return state;
    }

    private async Task RunAsync(Entry entry)
    {
        var name = entry.State.Plan.Name;
        try
        {
            await turn.WaitAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        try
        {
            using var journal = SweepJournal.Open(root.Folder(name).Journal);
            var sweep = new LocalSweep(journal, root.Runner(name), time, state => Observe(entry, state));
            lock (guard)
            {
                entry.Sweep = sweep;
                if (entry.IsCancelled)
                    sweep.Post(new SweepCancelled(time.GetUtcNow()));
            }
            await sweep.RunAsync(slots, stop.Token);
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            turn.Release();
        }
    }

    private void Observe(Entry entry, SweepState state)
    {
        lock (guard)
        {
            entry.State = state;
            var changed = entry.Changed;
            entry.Changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            changed.SetResult();
        }
    }
}
