using System.Diagnostics;
using System.Globalization;
using DnaBart.Batching;

namespace DnaBart.Serving;

/// <summary>Computes requests of many callers in batches on threads of its own, behind a bounded queue. Disposing it drains: it refuses
/// what comes, answers what it has accepted, and ends its threads.</summary>
/// <typeparam name="TItem">A sequence to compute.</typeparam>
/// <typeparam name="TResult">What becomes of it; it depends on the sequence alone, whatever is computed with it.</typeparam>
public sealed class BatchWorker<TItem, TResult> : IAsyncDisposable
{
    /// <summary>Computes a batch; called on one thread only.</summary>
    public delegate TResult[] Computer(IReadOnlyList<TItem> items, CancellationToken cancellation);

    /// <summary>Beyond it a timer refuses, and nobody waits.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(30);

    private static readonly TimeSpan FirstGuess = TimeSpan.FromSeconds(1);

    /// <summary>A batch so many times larger than any measured says too little of itself to be refused for it.</summary>
    private const int MostExtrapolated = 16;

    private readonly BatchPolicy policy;
    private readonly RequestQueue<Request> queue;
    private readonly Func<TItem, int> bases;
    private readonly SemaphoreSlim device;
    private readonly ServingMeter meter;
    private readonly TagList tags;
    private readonly TimeProvider time;
    private readonly Lock rateLock = new();
    private readonly TaskCompletionSource[] threads;
    // Wakes a worker: a count for each arrival. A worker that finds no more, others having taken it, goes back to wait.
    private readonly SemaphoreSlim arrivals = new(0);
    private double basesPerSecond, bestBasesPerSecond;
    private long largestMeasured;

    /// <param name="newComputer">Makes the computer of one thread, on that thread.</param>
    /// <param name="bases">The bases of an item.</param>
    /// <param name="threadCount">Batches computed at a time.</param>
    /// <param name="device">Taken for each batch: models on one device share it.</param>
    /// <param name="tags">What measurements carry: model and device.</param>
    public BatchWorker(Func<Computer> newComputer, Func<TItem, int> bases, BatchPolicy policy, int threadCount, SemaphoreSlim device,
        ServingMeter meter, TagList tags, TimeProvider time)
    {
        (this.bases, this.policy, this.device, this.meter, this.tags, this.time) = (bases, policy, device, meter, tags, time);
        queue = new RequestQueue<Request>(policy);
        threads = new TaskCompletionSource[threadCount];
        for (var i = 0; i < threadCount; i++)
        {
            var ended = threads[i] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() => Work(newComputer, ended)) { IsBackground = true, Name = $"dnabart batches {i}" }.Start();
        }
    }

    /// <summary>Bases accepted and not yet answered.</summary>
    public long QueuedBases => queue.AcceptedBases;

    /// <summary>Has items computed.</summary>
    /// <exception cref="ServingException">They are too many; the queue is full, or too long for the deadline to be met; it is being drained;
    /// or the deadline passed.</exception>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public async Task<TResult[]> SubmitAsync(IReadOnlyList<TItem> items, RequestTerms terms, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (items.Count == 0)
            return [];
        var now = time.GetUtcNow();
        var patience = terms.Deadline - now;
        if (patience <= TimeSpan.Zero)
            throw TooLate();
        var total = items.Sum(item => (long)bases(item));
        if (total > policy.LargestBases)
            throw new ServingException(Refusal.TooLarge, $"{total:N0} bases in one request; {policy.LargestBases:N0} are the most: send smaller requests");
        // What would only wait until nobody wants it takes the place of what could be answered.
        if (!terms.Continues)
        {
            var needed = TimeToCompute(total);
            if (needed > patience)
            {
                ExpectFaster();
                throw new ServingException(Refusal.DeadlineExceeded, string.Create(CultureInfo.InvariantCulture,
                    $"computing takes about {needed.TotalSeconds:0.###} s, more than the deadline leaves; allow more time or send less"));
            }
            if (Expected(queue.BasesBefore(total)) + needed > patience)
                throw Refused();
        }
        var request = new Request(items);
        var entry = queue.TryAdd(request, checked((int)total), now, terms.Continues) ?? throw Refused();
        arrivals.Release();
        try
        {
            return await request.Answer.Task.WaitAsync(patience < LongestTimer ? patience : Timeout.InfiniteTimeSpan, time, cancellation);
        }
        catch (Exception e) when (e is TimeoutException || (e is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            request.Abandon();
            queue.Remove(entry);
            if (e is TimeoutException)
                throw TooLate();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        queue.Close();
        arrivals.Release(threads.Length);
        foreach (var thread in threads)
            await thread.Task;
    }

    private void Work(Func<Computer> newComputer, TaskCompletionSource ended)
    {
        Computer? computer = null;
        while (!queue.IsDrained)
        {
            var batch = queue.Take(time.GetUtcNow(), out var wait);
            if (batch.Count > 0)
                Answer(ref computer, newComputer, batch);
            else if (wait is { } pause)
                // What arrives meanwhile may fill the batch.
                arrivals.Wait(pause);
            else
                arrivals.Wait();
        }
        // The others may wait for what will not come.
        arrivals.Release();
        ended.SetResult();
    }

    private void Answer(ref Computer? computer, Func<Computer> newComputer, IReadOnlyList<RequestQueue<Request>.Entry> batch)
    {
        var wanted = batch.Where(entry => !entry.Request.IsAbandoned).ToList();
        TResult[] results = [];
        Exception? error = null;
        try
        {
            if (wanted.Count > 0)
                results = Compute(computer ??= newComputer(), wanted);
        }
        catch (Exception e)
        {
            // An error of the engine is the answer; the thread goes on. Where it is a cancellation, everyone who asked has left.
            error = e;
        }
        // Room first: who is answered may ask again at once.
        foreach (var entry in batch)
            queue.Release(entry);
        var next = 0;
        foreach (var request in wanted.Select(entry => entry.Request))
        {
            if (error is not null)
            {
                request.Answer.TrySetException(error);
                continue;
            }
            request.Answer.TrySetResult(results[next..(next + request.Items.Count)]);
            next += request.Items.Count;
        }
    }

    private TResult[] Compute(Computer computer, List<RequestQueue<Request>.Entry> wanted)
    {
        var items = wanted.SelectMany(entry => entry.Request.Items).ToArray();
        using var abandoned = new AbandonedBatch(wanted.Select(entry => entry.Request));
        var taken = Stopwatch.GetTimestamp();
        device.Wait();
        try
        {
            var now = time.GetUtcNow();
            foreach (var entry in wanted)
                meter.QueueWait.Record((now - entry.Arrival).TotalSeconds, tags);
            var start = Stopwatch.GetTimestamp();
            var results = computer(items, abandoned.Token);
            Measure(items.Length, wanted.Sum(entry => (long)entry.Bases), Stopwatch.GetElapsedTime(start).TotalSeconds,
                Stopwatch.GetElapsedTime(taken).TotalSeconds);
            return results;
        }
        finally
        {
            device.Release();
        }
    }

    /// <param name="seconds">Of computing.</param>
    /// <param name="secondsWithWait">With the wait for the device: what it takes to get through the queue.</param>
    private void Measure(int sequences, long total, double seconds, double secondsWithWait)
    {
        meter.ComputeTime.Record(seconds, tags);
        meter.BatchSequences.Record(sequences, tags);
        meter.BatchBases.Record(total, tags);
        // Reads without bases say nothing of the rate.
        if (total == 0)
            return;
        const double newest = 0.2;
        lock (rateLock)
        {
            var rate = total / secondsWithWait;
            basesPerSecond = basesPerSecond == 0 ? rate : ((1 - newest) * basesPerSecond) + (newest * rate);
            bestBasesPerSecond = Math.Max(bestBasesPerSecond, total / seconds);
            largestMeasured = Math.Max(largestMeasured, total);
        }
    }

    /// <summary>How long so many bases take at least, by what has been measured; zero where that does not say.</summary>
    private TimeSpan TimeToCompute(long total)
    {
        lock (rateLock)
            return bestBasesPerSecond == 0 || total > largestMeasured * MostExtrapolated ? TimeSpan.Zero : TimeSpan.FromSeconds(total / bestBasesPerSecond);
    }

    /// <summary>Refuses less for what was measured, each time that something is refused for it: a first batch can be slow, and if nothing were computed
    /// any more, nothing would correct it.</summary>
    private void ExpectFaster()
    {
        const double hope = 1.25;
        lock (rateLock)
            bestBasesPerSecond *= hope;
    }

    private ServingException Refused()
    {
        if (queue.IsClosed)
            return new ServingException(Refusal.Draining, "this model is being unloaded here; send the request again", TimeSpan.Zero);
        return new ServingException(Refusal.QueueFull, "the queue is full; send the request again later", Expected(QueuedBases) / 2 ?? FirstGuess);
    }

    /// <summary>How long the queue's threads will take for so many bases; null before anything has been computed.</summary>
    private TimeSpan? Expected(long queuedBases)
    {
        double rate;
        lock (rateLock)
            rate = basesPerSecond * threads.Length;
        return rate == 0 ? null : TimeSpan.FromSeconds(queuedBases / rate);
    }

    private static ServingException TooLate() =>
        new(Refusal.DeadlineExceeded, "the deadline passed before the answer was ready; allow more time or send less");

    private sealed class Request(IReadOnlyList<TItem> items)
    {
        public IReadOnlyList<TItem> Items { get; } = items;

        public TaskCompletionSource<TResult[]> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private readonly CancellationTokenSource left = new();

        public bool IsAbandoned => left.IsCancellationRequested;

        public CancellationToken Left => left.Token;

        public void Abandon() => left.Cancel();
    }

    /// <summary>Cancelled once every caller of a batch has left.</summary>
    private sealed class AbandonedBatch : IDisposable
    {
        private readonly CancellationTokenSource all = new();
        private readonly CancellationTokenRegistration[] registrations;
        private int remaining;

        public AbandonedBatch(IEnumerable<Request> requests)
        {
            var callers = requests.ToList();
            remaining = callers.Count;
            registrations = [.. callers.Select(request => request.Left.Register(() =>
            {
                if (Interlocked.Decrement(ref remaining) == 0)
                    all.Cancel();
            }))];
        }

        public CancellationToken Token => all.Token;

        public void Dispose()
        {
            foreach (var registration in registrations)
                registration.Dispose();
            all.Dispose();
        }
    }
}
