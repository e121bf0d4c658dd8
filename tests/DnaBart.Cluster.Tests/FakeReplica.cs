using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Serving;

namespace DnaBart.Cluster.Tests;

/// <summary>Loads models that turn every base into one letter, the last of their folder's name: which version answered shows in the answer.
/// Every silo has a loader of its own.</summary>
internal sealed class FakeLoader : IReplicaLoader
{
    private volatile TaskCompletionSource? hold;

    public List<FakeReplica> Loaded { get; } = [];

    /// <summary>Batches that were computed.</summary>
    public int Computed { get; set; }

    /// <summary>The loads of folders whose names end with <c>stuck</c>.</summary>
    public TaskCompletionSource<IModelReplica> Stuck { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<IModelReplica> LoadAsync(string model, string folder, string device, CancellationToken cancellation)
    {
        if (folder.EndsWith("broken", StringComparison.Ordinal))
            throw new InputException($"{folder}: no model here");
        if (folder.EndsWith("stuck", StringComparison.Ordinal))
            return Stuck.Task;
        var replica = new FakeReplica(this, (byte)folder[^1], device);
        lock (Loaded)
            Loaded.Add(replica);
        return Task.FromResult<IModelReplica>(replica);
    }

    /// <summary>Whether its replicas refuse newcomers.</summary>
    public bool IsFull { get; set; }

    /// <summary>Requests wait from now on, until the result is disposed.</summary>
    public IDisposable Hold()
    {
        hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new Release(this);
    }

    public Task Held => hold?.Task ?? Task.CompletedTask;

    private sealed class Release(FakeLoader loader) : IDisposable
    {
        public void Dispose()
        {
            loader.hold?.TrySetResult();
            loader.hold = null;
        }
    }
}

internal sealed class FakeReplica(FakeLoader loader, byte letter, string device) : IModelReplica
{
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(7);

    private long queued;

    public ModelKind Kind => ModelKind.Correction;

    public IReadOnlyList<string> Labels => [];

    public string Device => device;

    public char Letter => (char)letter;

    public long QueuedBases => Volatile.Read(ref queued);

    public bool IsDisposed { get; private set; }

    public async Task<CorrectedRead[]> CorrectAsync(IReadOnlyList<Read> reads, RequestTerms terms, CancellationToken cancellation)
    {
        if (IsDisposed)
            throw new ServingException(Refusal.Draining, "disposed");
        if (loader.IsFull && !terms.Continues)
            throw new ServingException(Refusal.QueueFull, "full", RetryAfter);
        var bases = reads.Sum(read => read.Bases.Length);
        Interlocked.Add(ref queued, bases);
        try
        {
            await loader.Held.WaitAsync(cancellation);
            lock (loader)
                loader.Computed++;
            return [.. reads.Select(read => new CorrectedRead(
                read, [.. read.Bases.Select(_ => letter)], [.. Enumerable.Range(0, read.Bases.Length).Select(i => new BaseChange(i, i + 0.5))]))];
        }
        finally
        {
            Interlocked.Add(ref queued, -bases);
        }
    }

    public Task<double[][]> ClassifyAsync(IReadOnlyList<byte[]> sequences, RequestTerms terms, CancellationToken cancellation) =>
        throw new ServingException(Refusal.WrongKind, "a correction model");

    public async ValueTask DisposeAsync()
    {
        IsDisposed = true;
        while (QueuedBases > 0)
            await Task.Delay(10);
    }
}
