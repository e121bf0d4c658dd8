using System.Collections.Concurrent;

namespace DnaBart.Batching;

/// <summary>Reads, transforms on several threads, and hands on in the order of the source.</summary>
public static class OrderedPipeline
{
    // Enough for the workers to go on while the consumer waits for a slow item.
    private const int ItemsPerWorker = 4;

    private static readonly TimeSpan CancelledSource = TimeSpan.FromSeconds(1);

    /// <summary>Runs <paramref name="transform"/> over all of <paramref name="source"/> and gives the results, in source order, to
    /// <paramref name="consume"/> on the calling thread. At most about four items a worker are held at a time.</summary>
    /// <param name="source">Enumerated on one other thread; make items large enough (a batch of reads) to be worth a task.</param>
    /// <param name="transform">Called on up to <paramref name="workers"/> threads at once; should heed the token.</param>
    /// <param name="consume">Called for one result at a time.</param>
    /// <param name="workers">The number of threads, at least 1. It does not change what is consumed.</param>
    /// <param name="cancellation">Ends the run early.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    /// <remarks>An exception of source, transform or consumer ends the run and is thrown once, after all threads have stopped.
    /// It is the first in source order: all items before it were consumed, and none after it. Only a source that is waiting
    /// when the run is cancelled is not waited for.</remarks>
    public static void Run<TIn, TOut>(IEnumerable<TIn> source, Func<TIn, CancellationToken, TOut> transform, Action<TOut> consume,
        int workers, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var inOrder = new BlockingCollection<Task<TOut>>(workers * ItemsPerWorker);
        var schedulers = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, workers);
        // A thread of its own: the source may block for long on a disk or a pipe.
        var reading = Task.Factory.StartNew(StartAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            foreach (var task in inOrder.GetConsumingEnumerable(stop.Token))
                consume(task.GetAwaiter().GetResult());
            reading.GetAwaiter().GetResult();
        }
        finally
        {
            stop.Cancel();
            // A source that waits for a pipe cannot be interrupted: after a cancellation it is left behind.
            Task.WaitAny([reading], cancellation.IsCancellationRequested ? CancelledSource : Timeout.InfiniteTimeSpan);
            schedulers.Complete();
            schedulers.Completion.Wait(CancellationToken.None);
        }

        void StartAll()
        {
            try
            {
                foreach (var item in source)
                    inOrder.Add(Task.Factory.StartNew(() => transform(item, stop.Token), stop.Token, TaskCreationOptions.None,
                        schedulers.ConcurrentScheduler), stop.Token);
            }
            finally
            {
                inOrder.CompleteAdding();
            }
        }
    }

    /// <summary>As the other, with workers that hold something of their own: one of them works on one item at a time.</summary>
    /// <param name="newWorker">Makes a worker when all others are at work, on the thread that is the first to use it.</param>
    /// <returns>The workers that were made.</returns>
    /// <inheritdoc cref="Run{TIn, TOut}"/>
    public static IReadOnlyCollection<TWorker> Run<TWorker, TIn, TOut>(IEnumerable<TIn> source, Func<TWorker> newWorker,
        Func<TWorker, TIn, CancellationToken, TOut> transform, Action<TOut> consume, int workers, CancellationToken cancellation = default)
    {
        var idle = new ConcurrentBag<TWorker>();
        Run(source, Transform, consume, workers, cancellation);
        return idle;

        TOut Transform(TIn item, CancellationToken stop)
        {
            var worker = idle.TryTake(out var free) ? free : newWorker();
            var result = transform(worker, item, stop);
            idle.Add(worker);
            return result;
        }
    }
}
