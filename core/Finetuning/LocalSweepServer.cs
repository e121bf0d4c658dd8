using System.Runtime.CompilerServices;
using DnaBart.IO;
using DnaBart.Sweeps;

namespace DnaBart.Finetuning;

/// <summary>Runs sweeps in this process, one after the other, and goes on with those that an earlier process left unfinished: with these first, by name.</summary>
public sealed class LocalSweepServer : ISweepServer, IAsyncDisposable
{
    /// <summary>After a full disk, or while another process runs the sweep.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);

    private sealed class Entry(SweepState state)
    {
        public SweepState State { get; set; } = state;

        /// <summary>Its turn was told so; if that ends before it is in the journal, the next one is told again.</summary>
        public bool IsCancelled { get; set; }

        /// <summary>While it has its turn.</summary>
        public LocalSweep? Sweep { get; set; }

        public TaskCompletionSource Changed { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private readonly SweepRoot root;
    private readonly IReadOnlyList<string> slots;
    private readonly TimeProvider time;
    private readonly Action<string> warn;
    private readonly Lock guard = new();
    private readonly Dictionary<string, Entry> sweeps = [];
    private readonly List<string> order = [];
    private readonly SemaphoreSlim turn = new(1);
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> running = [];

    /// <param name="slots">Device slots of this machine.</param>
    /// <param name="warn">Gets a line for the operator when a sweep cannot go on for now, or a folder is left out.</param>
    public LocalSweepServer(SweepRoot root, IReadOnlyList<string> slots, TimeProvider time, Action<string> warn)
    {
        (this.root, this.slots, this.time, this.warn) = (root, slots, time, warn);
        foreach (var folder in root.Folders)
        {
            // What is wrong with one sweep must not keep the models and the others from serving.
            try
            {
                Add(Read(folder));
            }
            catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
            {
                warn($"{folder.Path} is not served as a sweep: {e.Message}");
            }
        }
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
            return Task.FromResult(Add(root.Folder(plan.Name).ReadState()));
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
    public async Task<bool> CancelAsync(string name, CancellationToken cancellation)
    {
        lock (guard)
        {
            if (!sweeps.TryGetValue(name, out var entry))
                return false;
            if (entry.Sweep is { } sweep)
            {
                entry.IsCancelled = true;
                sweep.Post(new SweepCancelled(time.GetUtcNow()));
            }
            else if (!entry.State.IsOver)
            {
                CancelWaiting(entry);
            }
        }
        // What is answered is in the journal.
        await foreach (var _ in WatchAsync(name, cancellation))
        {
        }
        return true;
    }

    /// <summary>Stops what runs; the next process goes on with it.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        Task[] last;
        lock (guard)
            last = [.. running];
        await Task.WhenAll(last);
    }

    /// <exception cref="InputException">Its journal is corrupt, or it is a copy: the sweep's name leads to another folder.</exception>
    private SweepState Read(SweepFolder folder)
    {
        var state = folder.ReadState();
        var name = state.Plan.Name;
        return Path.GetFileName(folder.Path) == name
            ? state
            : throw new InputException($"its journal is that of sweep '{name}'; call the folder {name}, or move it away if it is a copy");
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

    private void CancelWaiting(Entry entry)
    {
        using var journal = SweepJournal.Open(root.Folder(entry.State.Plan.Name).Journal);
        var cancelled = new SweepCancelled(time.GetUtcNow());
        var (next, commands) = SweepMachine.Apply(journal.Content.State, cancelled);
        if (!ReferenceEquals(next, journal.Content.State))
            journal.Append(cancelled);
        // Begun by an earlier process.
        foreach (var discard in commands.OfType<DiscardTrial>())
            root.Runner(entry.State.Plan.Name).Discard(discard.Trial);
        Observe(entry, next);
    }

    private async Task RunAsync(Entry entry)
    {
        try
        {
            while (!entry.State.IsOver)
            {
                await turn.WaitAsync(stop.Token);
                try
                {
                    await TakeTurnAsync(entry);
                }
                catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
                {
                    warn($"sweep {entry.State.Plan.Name} waits, and is tried again in {Retry.TotalSeconds:F0} s: {e.Message}");
                }
                finally
                {
                    turn.Release();
                }
                if (!entry.State.IsOver)
                    await Task.Delay(Retry, time, stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private async Task TakeTurnAsync(Entry entry)
    {
        // Before the journal, which a trial that finds it out would make longer each time.
        FinetuningSetting.CheckModels(entry.State.Plan);
        SweepJournal journal;
        LocalSweep sweep;
        lock (guard)
        {
            // Cancelled while it waited.
            if (entry.State.IsOver)
                return;
            var name = entry.State.Plan.Name;
            journal = SweepJournal.Open(root.Folder(name).Journal);
            entry.Sweep = sweep = new LocalSweep(journal, root.Runner(name), time, state => Observe(entry, state));
            if (entry.IsCancelled)
                sweep.Post(new SweepCancelled(time.GetUtcNow()));
        }
        using (journal)
        {
            try
            {
                Observe(entry, sweep.State);
                await sweep.RunAsync(slots, stop.Token);
            }
            finally
            {
                lock (guard)
                    entry.Sweep = null;
            }
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
