using System.IO.Pipelines;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Serving;
using DnaBart.Silo.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace DnaBart.Silo.Tests;

/// <summary>Bodies that stall, however they began.</summary>
public class SteadyBodyTests
{
    private const int Minute = 60 * SteadyBody.LeastRate;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Time that passes from alarm to alarm.</summary>
    /// <param name="passes">While something is waited for with a limit: the next of two alarms rings. Otherwise only by <see cref="RingNext"/>.</param>
    private sealed class WaitedTime(bool passes) : TimeProvider
    {
        private readonly Lock alarmsLock = new();
        private readonly List<Alarm> alarms = [];
        private TimeSpan now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var alarm = new Alarm(this, now + dueTime, () => callback(state));
            lock (alarmsLock)
            {
                alarms.Add(alarm);
                if (passes && alarms.Count > 1)
                    ThreadPool.QueueUserWorkItem(_ => RingNext());
            }
            return alarm;
        }

        /// <summary>Goes on to the next alarm.</summary>
        /// <returns>False if there is none.</returns>
        public bool RingNext()
        {
            Alarm? next;
            lock (alarmsLock)
            {
                next = alarms.MinBy(alarm => alarm.Due);
                if (next is null)
                    return false;
                now = next.Due;
                alarms.Remove(next);
            }
            next.Ring();
            return true;
        }

        private sealed class Alarm(WaitedTime time, TimeSpan due, Action ring) : ITimer
        {
            public TimeSpan Due => due;

            public void Ring() => ring();

            public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

            public void Dispose()
            {
                lock (time.alarmsLock)
                    time.alarms.Remove(this);
            }

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

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var (seconds, bytes) = left.TryDequeue(out var part) ? part : (36000, 0);
            await Task.Delay(TimeSpan.FromSeconds(seconds), time, cancellationToken);
            return bytes;
        }
    }

    private static async Task<(Server Server, HttpClient Http)> StartAsync(TimeProvider time)
    {
        var (server, http, _) = await ServerFixture.StartAsync(new ServerOptions
        {
            Models = [],
            Url = "http://127.0.0.1:0",
            Devices = ["cpu"],
            Join = builder => builder.Services.AddSingleton<IModelServer>(new QueueOnly()).AddSingleton(time),
        });
        return (server, http);
    }

    /// <param name="parts">As of <see cref="Parts"/>.</param>
    private static SteadyBody Body(WaitedTime time, IEnumerable<(int Seconds, int Bytes)> parts, CancellationToken stop) =>
        new(PipeReader.Create(new Parts(time, parts), new StreamPipeReaderOptions(bufferSize: 8 * Minute)), time, stop);

    private static int ReadAll(IEnumerable<(int Seconds, int Bytes)> parts, CancellationToken stop = default)
    {
        var body = Body(new WaitedTime(passes: true), parts, stop);
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

    // The web server takes no second read where one was broken off.
    [Fact]
    public async Task OneWithALengthGoesOnAfterAMinuteOfWaiting()
    {
        var time = new WaitedTime(passes: false);
        var (server, http) = await StartAsync(time);
        await using var stop = server;
        using var client = http;
        using var read = new ManualResetEventSlim();
        // Whole chunks of the server's, of which all but four are answered before it waits for more.
        const int chunk = 256, chunks = 7, repeats = 4;
        var repeated = SampleReads.Fastq(chunks * chunk);
        var answered = ((repeats - 1) * repeated.Length) + SampleReads.Fastq((chunks - 4) * chunk).Length;
        byte[][] pieces = [.. Enumerable.Repeat(repeated, repeats), SampleReads.Fastq(1)];
        var length = pieces.Sum(piece => piece.Length);

        var (bytes, status, isWhole) = await RawConnection.PostAsync(
            http.BaseAddress!, "/v1/correct", Pieces(), received => { if (received >= answered) read.Set(); }, length);

        Assert.Equal(("HTTP/1.1 200 OK", true), (status, isWhole));
        Assert.InRange(bytes, length, 2 * length);

        IEnumerable<byte[]> Pieces()
        {
            foreach (var piece in pieces[..^1])
                yield return piece;
            // More than a minute's bytes.
            Assert.True(read.Wait(Patience));
            Assert.True(SpinWait.SpinUntil(time.RingNext, Patience));
            yield return pieces[^1];
        }
    }

    [Fact]
    public void OneThatStallsAmidARecordIsAnsweredAsOneThatStalls()
    {
        var body = Body(new WaitedTime(passes: true), [(0, 2)], CancellationToken.None);
        var error = Assert.Throws<InputException>(() => FastqReader.Open(body, "body").ReadAll().Count());
        Assert.Equal((408, "body:1: the body came slower than 4 kB/s for a minute"), (Problems.StatusOf(error), error.Message));
    }

    [Fact]
    public async Task TheWebServerDoesNotLookAtTheRateAsWell()
    {
        var rate = new Rate { MinDataRate = new MinDataRate(SteadyBody.LeastRate, TimeSpan.FromSeconds(10)) };
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().AddSingleton(TimeProvider.System).BuildServiceProvider() };
        context.Features.Set<IHttpMinRequestBodyDataRateFeature>(rate);
        context.Request.Body = new MemoryStream(SampleReads.Fastq(2));

        var chunks = SequenceStream.ReadAsync(
            context.Request, body => FastqReader.Open(body, "body").ReadAll(), read => read.Bases.Length, CancellationToken.None);

        Assert.Equal(2, Assert.Single(await chunks.ToArrayAsync()).Length);
        Assert.Null(rate.MinDataRate);
    }

    private sealed class Rate : IHttpMinRequestBodyDataRateFeature
    {
        public MinDataRate? MinDataRate { get; set; }
    }
}
