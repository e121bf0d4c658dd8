using DnaBart.Silo.Http;
using Microsoft.AspNetCore.Http;

namespace DnaBart.Silo.Tests;

/// <summary>Bodies that stall, however they began.</summary>
public class SteadyBodyTests
{
    private const int Minute = 60 * SteadyBody.LeastRate;

    /// <summary>Time that passes only while a body is waited for.</summary>
    private sealed class WaitedTime : TimeProvider
    {
        private readonly List<Alarm> alarms = [];

        public TimeSpan Now { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var alarm = new Alarm(this, () => callback(state));
            alarm.Change(dueTime, period);
            alarms.Add(alarm);
            return alarm;
        }

        /// <summary>Goes on by a time, or to the next alarm.</summary>
        public void Advance(TimeSpan time)
        {
            var next = alarms.MinBy(alarm => alarm.Due);
            if (next is null || next.Due > Now + time)
            {
                Now += time;
                return;
            }
            Now = next.Due;
            next.Dispose();
            next.Ring();
        }

        private sealed class Alarm(WaitedTime time, Action ring) : ITimer
        {
            public TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

            public void Ring() => ring();

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : time.Now + dueTime;
                return true;
            }

            public void Dispose() => time.alarms.Remove(this);

            public ValueTask DisposeAsync()
            {
                Dispose();
                return default;
            }
        }
    }

    /// <summary>Gives a part of a size after each of some waits; after the last it waits for ever.</summary>
    private sealed class Parts(WaitedTime time, IEnumerable<(int Seconds, int Bytes)> parts) : MemoryStream
    {
        private readonly Queue<(int Seconds, int Bytes)> left = new(parts);
        private TimeSpan due;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var wait = left.TryPeek(out var part) ? TimeSpan.FromSeconds(part.Seconds) : TimeSpan.FromHours(10);
            // A read that was broken off is gone on with by the next.
            if (due <= time.Now)
                due = time.Now + wait;
            while (time.Now < due)
            {
                time.Advance(due - time.Now);
                cancellationToken.ThrowIfCancellationRequested();
            }
            return new ValueTask<int>(left.Dequeue().Bytes);
        }
    }

    private static int ReadAll(IEnumerable<(int Seconds, int Bytes)> parts, CancellationToken stop = default)
    {
        var time = new WaitedTime();
        var body = new SteadyBody(new Parts(time, parts), time, stop);
        var (buffer, total) = (new byte[8 * Minute], 0);
        while (body.Read(buffer, 0, buffer.Length) is > 0 and var read)
            total += read;
        return total;
    }

    [Fact]
    public void OneThatStallsIsCutOffThoughItBeganFast()
    {
        var error = Assert.Throws<BadHttpRequestException>(() => ReadAll([(0, 4 * Minute), (0, 4 * Minute)]));
        Assert.Equal((408, "the body came slower than 4 kB/s for a minute"), (error.StatusCode, error.Message));
        Assert.Throws<BadHttpRequestException>(() => ReadAll([(0, 4 * Minute), .. Enumerable.Repeat((1, 1), 1000), (0, 0)]));
        Assert.Throws<BadHttpRequestException>(() => ReadAll([.. Enumerable.Repeat((10, Minute / 7), 100), (0, 0)]));
    }

    [Fact]
    public void OneThatKeepsItsRateIsReadToTheEndWhateverItsPauses()
    {
        Assert.Equal(50 * Minute, ReadAll([.. Enumerable.Repeat((59, Minute), 50), (0, 0)]));
        Assert.Equal(100 * Minute, ReadAll([.. Enumerable.Repeat((7, Minute), 100), (0, 0)]));
        // Over the end of a minute that brought enough.
        Assert.Equal(2 * Minute, ReadAll([(40, Minute), (40, Minute), (0, 0)]));
    }

    [Fact]
    public void AReadThatIsStoppedEnds()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => ReadAll([(30, Minute)], stop.Token));
    }
}
