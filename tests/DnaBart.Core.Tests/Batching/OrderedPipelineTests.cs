using DnaBart.Batching;

namespace DnaBart.Core.Tests.Batching;

public sealed class OrderedPipelineTests
{
    private const int Items = 2000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void ResultsComeInSourceOrder(int workers)
    {
        var results = new List<int>();
        OrderedPipeline.Run(Enumerable.Range(0, Items), (item, _) =>
        {
            Thread.SpinWait(item * 7919 % 1000); // of different lengths, so that items end out of order
            return item * 2;
        }, results.Add, workers);
        Assert.Equal(Enumerable.Range(0, Items).Select(item => item * 2), results);
    }

    [Fact]
    public void NoMoreThanTheGivenNumberOfWorkersRun()
    {
        int running = 0, most = 0;
        OrderedPipeline.Run(Enumerable.Range(0, 200), (item, _) =>
        {
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            Thread.Sleep(1);
            Interlocked.Decrement(ref running);
            return item;
        }, _ => { }, workers: 3);
        Assert.InRange(most, 1, 3);
    }

    [Fact]
    public void ASlowConsumerHoldsTheSourceBack()
    {
        int taken = 0, consumed = 0, mostAhead = 0;
        IEnumerable<int> Source()
        {
            for (var i = 0; i < 100; i++)
            {
                InterlockedMax(ref mostAhead, Interlocked.Increment(ref taken) - Volatile.Read(ref consumed));
                yield return i;
            }
        }
        OrderedPipeline.Run(Source(), (item, _) => item, _ =>
        {
            Thread.Sleep(1);
            Interlocked.Increment(ref consumed);
        }, workers: 2);
        Assert.InRange(mostAhead, 2, 2 * 4 + 2); // 4 a worker, one being consumed, one being handed in
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public void TheFirstExceptionInSourceOrderIsThrownAfterAllBeforeItWereConsumed(int workers)
    {
        var results = new List<int>();
        var thrown = Assert.Throws<FormatException>(() => OrderedPipeline.Run(Enumerable.Range(0, Items), (item, _) =>
        {
            if (item == 50)
                Thread.Sleep(20); // later failures happen earlier
            return item >= 50 ? throw new FormatException($"item {item}") : item;
        }, results.Add, workers));
        Assert.Equal("item 50", thrown.Message);
        Assert.Equal(Enumerable.Range(0, 50), results);
    }

    [Fact]
    public void AnExceptionOfTheSourceIsThrownAfterAllBeforeItWereConsumed()
    {
        static IEnumerable<int> Source()
        {
            for (var i = 0; i < 30; i++)
                yield return i;
            throw new FormatException("source");
        }
        var results = new List<int>();
        var thrown = Assert.Throws<FormatException>(() => OrderedPipeline.Run(Source(), (item, _) => item, results.Add, 3));
        Assert.Equal("source", thrown.Message);
        Assert.Equal(Enumerable.Range(0, 30), results);
    }

    [Fact]
    public void NothingRunsAfterAnExceptionOfTheConsumer()
    {
        var running = 0;
        Assert.Throws<FormatException>(() => OrderedPipeline.Run(Enumerable.Range(0, Items), (item, _) =>
        {
            Interlocked.Increment(ref running);
            Thread.Sleep(1);
            Interlocked.Decrement(ref running);
            return item;
        }, item => { if (item == 10) throw new FormatException(); }, workers: 4));
        Assert.Equal(0, running);
    }

    [Fact]
    public void CancellationEndsAnEndlessSource()
    {
        static IEnumerable<int> Endless()
        {
            while (true)
                yield return 1;
        }
        using var cancellation = new CancellationTokenSource();
        var consumed = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => OrderedPipeline.Run(Endless(), (item, _) => item, _ =>
        {
            if (++consumed == 100)
                cancellation.Cancel();
        }, workers: 2, cancellation.Token));
        Assert.Equal(100, consumed);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
