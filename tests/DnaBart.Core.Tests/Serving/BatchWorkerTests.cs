using System.Diagnostics;
using System.Diagnostics.Metrics;
using DnaBart.Batching;
using DnaBart.Serving;

namespace DnaBart.Core.Tests.Serving;

public sealed class BatchWorkerTests : IDisposable
{
    private const int Largest = 500;

    private static readonly RequestTerms Never = new(DateTimeOffset.MaxValue);

    private readonly Factory factory = new();
    private readonly ServingMeter meter;
    private readonly SemaphoreSlim device = new(1);
    private readonly List<int[]> batches = [];

    public BatchWorkerTests() => meter = new ServingMeter(factory);

    public void Dispose()
    {
        meter.Dispose();
        device.Dispose();
    }

    // Doubles numbers; a number is as many "bases" as it says.
    private BatchWorker<int, int> Worker(int threads = 1, long capacity = 1000, TimeSpan pause = default, TimeProvider? time = null) => new(
        () => (items, _) =>
        {
            lock (batches)
                batches.Add([.. items]);
            Thread.Sleep(pause);
            return items.Contains(13) ? throw new InvalidDataException("13") : [.. items.Select(item => 2 * item)];
        },
        item => item, new BatchPolicy(100, TimeSpan.FromMilliseconds(1), capacity, Largest), threads, device, meter, new TagList(), time ?? TimeProvider.System);

    [Fact]
    public async Task Every_caller_gets_its_own_answers_from_shared_batches()
    {
        await using var worker = Worker(threads: 3, capacity: long.MaxValue);
        var asked = Enumerable.Range(1, 300).Select(i => new[] { i % 12, i % 7 }).ToArray();
        var answers = await Task.WhenAll(asked.Select(items => Task.Run(() => worker.SubmitAsync(items, Never, CancellationToken.None))));
        Assert.Equal(asked.Select(items => items.Select(item => 2 * item)), answers);
        Assert.Equal(600, batches.Sum(batch => batch.Length));
        Assert.All(batches, batch => Assert.InRange(batch.Sum(), 0, 100));
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once_and_says_when_to_come_back()
    {
        await using var worker = Worker(capacity: 50);
        device.Wait();
        var first = worker.SubmitAsync([50], Never, CancellationToken.None);
        var refused = await Assert.ThrowsAsync<ServingException>(() => worker.SubmitAsync([1], Never, CancellationToken.None));
        Assert.Equal(Refusal.QueueFull, refused.Refusal);
        Assert.True(refused.RetryAfter > TimeSpan.Zero);
        device.Release();
        Assert.Equal(new[] { 100 }, await first);
        Assert.Equal(new[] { 2 }, await worker.SubmitAsync([1], Never, CancellationToken.None));
    }

    [Fact]
    public async Task What_was_begun_waits_for_its_turn_where_newcomers_are_refused()
    {
        await using var worker = Worker(capacity: 50);
        device.Wait();
        var first = worker.SubmitAsync([50], Never, CancellationToken.None);
        var next = worker.SubmitAsync([60], Never with { Continues = true }, CancellationToken.None);
        var last = worker.SubmitAsync([70], Never with { Continues = true }, CancellationToken.None);
        Assert.Equal(Refusal.QueueFull, (await Assert.ThrowsAsync<ServingException>(() => worker.SubmitAsync([1], Never, CancellationToken.None))).Refusal);
        Assert.Equal(180, worker.QueuedBases);
        device.Release();
        Assert.Equal([100, 120, 140], (await Task.WhenAll(first, next, last)).SelectMany(answer => answer));
        Assert.Equal([[50], [60], [70]], batches);
    }

    [Fact]
    public async Task One_whose_time_would_be_over_before_its_turn_is_refused_at_once()
    {
        // Ten bases a second at most.
        await using var worker = Worker(pause: TimeSpan.FromMilliseconds(100));
        await worker.SubmitAsync([1], Never, CancellationToken.None);
        device.Wait();
        var running = worker.SubmitAsync([100], Never, CancellationToken.None);
        var soon = new RequestTerms(DateTimeOffset.UtcNow.AddSeconds(5));
        var refused = await Assert.ThrowsAsync<ServingException>(() => worker.SubmitAsync([1], soon, CancellationToken.None));
        Assert.Equal(Refusal.QueueFull, refused.Refusal);
        Assert.True(refused.RetryAfter > TimeSpan.FromSeconds(4));
        var patient = worker.SubmitAsync([1], new RequestTerms(DateTimeOffset.UtcNow.AddHours(1)), CancellationToken.None);
        device.Release();
        Assert.Equal([200, 2], (await Task.WhenAll(running, patient)).SelectMany(answer => answer));
    }

    [Fact]
    public async Task A_request_larger_than_any_is_refused_though_nothing_waits()
    {
        await using var worker = Worker();
        var refused = await Assert.ThrowsAsync<ServingException>(() => worker.SubmitAsync([Largest, 1], Never, CancellationToken.None));
        Assert.Equal((Refusal.TooLarge, null), (refused.Refusal, refused.RetryAfter));
        Assert.Equal(new[] { 2 * Largest }, await worker.SubmitAsync([Largest], Never, CancellationToken.None));
    }

    [Fact]
    public async Task One_that_takes_longer_to_compute_than_its_deadline_leaves_is_refused_though_nothing_waits()
    {
        var clock = new Clock();
        // Ten bases a second at most where it is one base at a time.
        await using var worker = Worker(pause: TimeSpan.FromMilliseconds(100), time: clock);
        var soon = TimeSpan.FromSeconds(20);
        await worker.SubmitAsync([1], Never, CancellationToken.None);
        // One base says nothing of 400.
        await worker.SubmitAsync([400], new RequestTerms(DateTimeOffset.UtcNow + soon), CancellationToken.None);
        await worker.SubmitAsync([1], new RequestTerms(DateTimeOffset.UtcNow + soon), CancellationToken.None);
        var rate = 400 / 0.1;
        clock.Stopped = DateTimeOffset.UtcNow;
        var hopeless = new RequestTerms(clock.Stopped.Value + TimeSpan.FromSeconds(0.5 * 500 / rate));
        var refused = await Assert.ThrowsAsync<ServingException>(() => worker.SubmitAsync([500], hopeless, CancellationToken.None));
        Assert.Equal(Refusal.DeadlineExceeded, refused.Refusal);
        Assert.Contains("computing takes about", refused.Message);
    }

    [Fact]
    public async Task The_wait_for_a_device_that_another_model_uses_is_measured_and_foreseen()
    {
        var waits = new List<double>();
        using var listener = new MeterListener();
        listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => waits.Add(seconds));
        listener.EnableMeasurementEvents(meter.QueueWait);
        await using var worker = Worker();
        var pause = TimeSpan.FromMilliseconds(300);
        device.Wait();
        var first = worker.SubmitAsync([100], Never, CancellationToken.None);
        await Task.Delay(pause);
        device.Release();
        await first;
        // Two clocks differ by a little.
        Assert.InRange(Assert.Single(waits), 0.9 * pause.TotalSeconds, double.MaxValue);

        // Queued behind 500 bases, which took 0.3 s a hundred.
        device.Wait();
        var queued = worker.SubmitAsync([500], Never, CancellationToken.None);
        var refused = await Assert.ThrowsAsync<ServingException>(
            () => worker.SubmitAsync([1], new RequestTerms(DateTimeOffset.UtcNow + TimeSpan.FromSeconds(1)), CancellationToken.None));
        Assert.Equal(Refusal.QueueFull, refused.Refusal);
        device.Release();
        await queued;
    }

    [Fact]
    public async Task Requests_without_bases_make_no_wait_look_longer()
    {
        await using var worker = Worker();
        await worker.SubmitAsync([100], Never, CancellationToken.None);
        for (var i = 0; i < 300; i++)
            await worker.SubmitAsync([0], Never, CancellationToken.None);
        device.Wait();
        var running = worker.SubmitAsync([100], Never, CancellationToken.None);
        var next = worker.SubmitAsync([1], new RequestTerms(DateTimeOffset.UtcNow.AddHours(1)), CancellationToken.None);
        device.Release();
        Assert.Equal([200, 2], (await Task.WhenAll(running, next)).SelectMany(answer => answer));
    }

    [Fact]
    public async Task One_who_leaves_or_whose_time_is_over_costs_no_computing()
    {
        var worker = Worker();
        device.Wait();
        // Taken by the thread, which waits for the device; the others are behind it.
        var running = worker.SubmitAsync([100], Never, CancellationToken.None);
        Assert.True(SpinWait.SpinUntil(() => worker.QueuedBases == 100, TimeSpan.FromSeconds(30)));
        using var leaving = new CancellationTokenSource();
        var left = worker.SubmitAsync([7], Never, leaving.Token);
        var late = worker.SubmitAsync([8], new RequestTerms(DateTimeOffset.UtcNow.AddMilliseconds(20)), CancellationToken.None);
        leaving.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        Assert.Equal(Refusal.DeadlineExceeded, (await Assert.ThrowsAsync<ServingException>(() => late)).Refusal);
        device.Release();
        await running;
        await worker.DisposeAsync();
        Assert.DoesNotContain(batches, batch => batch.Contains(7) || batch.Contains(8));
    }

    [Fact]
    public async Task An_error_is_the_answer_of_its_batch_alone()
    {
        await using var worker = Worker();
        await Assert.ThrowsAsync<InvalidDataException>(() => worker.SubmitAsync([13], Never, CancellationToken.None));
        Assert.Equal(new[] { 10 }, await worker.SubmitAsync([5], Never, CancellationToken.None));
        Assert.Equal(0, worker.QueuedBases);
    }

    [Fact]
    public async Task Disposing_answers_what_was_accepted_and_refuses_the_rest()
    {
        var worker = Worker();
        device.Wait();
        var accepted = Enumerable.Range(1, 9).Select(i => worker.SubmitAsync([i], Never, CancellationToken.None)).ToArray();
        var disposed = worker.DisposeAsync().AsTask();
        var refused = await Assert.ThrowsAsync<ServingException>(() => worker.SubmitAsync([1], Never, CancellationToken.None));
        Assert.Equal(Refusal.Draining, refused.Refusal);
        Assert.False(disposed.IsCompleted);
        device.Release();
        Assert.Equal(Enumerable.Range(1, 9).Select(i => 2 * i), (await Task.WhenAll(accepted)).SelectMany(answer => answer));
        await disposed;
    }

    /// <summary>The system's, until it is stopped.</summary>
    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset? Stopped { get; set; }

        public override DateTimeOffset GetUtcNow() => Stopped ?? base.GetUtcNow();
    }

    private sealed class Factory : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
