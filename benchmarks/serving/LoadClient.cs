using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using DnaBart.Sequences;

namespace DnaBart.Benchmarks.Serving;

/// <summary>Reads as the body of a request.</summary>
internal sealed record RequestBody(byte[] Fastq, int Reads);

/// <summary>What a time under load gave.</summary>
/// <param name="Sent">Requests begun.</param>
/// <param name="ReadsPerSecond">Reads answered in the window.</param>
/// <param name="RequestsPerSecond">Requests answered in the window.</param>
/// <param name="RefusedMilliseconds">How long each answer 429 took.</param>
internal sealed record LoadResult(int Sent, double ReadsPerSecond, double RequestsPerSecond, IReadOnlyList<double> RefusedMilliseconds)
{
    public double Refused(double quantile) =>
        RefusedMilliseconds.Count == 0 ? double.NaN : RefusedMilliseconds.Order().ElementAt((int)(quantile * (RefusedMilliseconds.Count - 1)));
}

/// <summary>Sends bodies to <c>/v1/correct</c>, over and over.</summary>
internal sealed class LoadClient(HttpClient http)
{
    /// <summary>Before the window opens: queue and batches are then as they will stay.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    public static IReadOnlyList<RequestBody> Bodies(IEnumerable<Read> reads, int readsPerBody) => [.. reads.Chunk(readsPerBody).Select(chunk =>
    {
        var body = new MemoryStream();
        var writer = new ReadWriter(body);
        foreach (var read in chunk)
            writer.Write(read);
        return new RequestBody(body.ToArray(), chunk.Length);
    })];

    /// <summary>Sends each body once, some at a time; every one must be answered.</summary>
    public Task ClosedAsync(IEnumerable<RequestBody> bodies, int atOnce) => Parallel.ForEachAsync(
        bodies, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (body, _) =>
        {
            if (!await SendAsync(body))
                throw new InvalidOperationException("refused without overload");
        });

    /// <summary>Keeps some requests under way: as many as the server can answer.</summary>
    public async Task<LoadResult> ClosedAsync(IReadOnlyList<RequestBody> bodies, int atOnce, TimeSpan window)
    {
        var run = new Run(WarmUp, window);
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async first =>
        {
            for (var i = first; !run.IsOver; i += atOnce)
                await run.SendAsync(this, bodies[i % bodies.Count]);
        }));
        return run.Result;
    }

    /// <summary>Sends so many requests a second, whatever becomes of them.</summary>
    public async Task<LoadResult> OpenAsync(IReadOnlyList<RequestBody> bodies, double perSecond, TimeSpan window)
    {
        var run = new Run(WarmUp, window);
        var underWay = new ConcurrentBag<Task>();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!run.IsOver)
        {
            for (; run.Sent < run.Elapsed.TotalSeconds * perSecond; )
                underWay.Add(run.SendAsync(this, bodies[run.Sent % bodies.Count]));
            await tick.WaitForNextTickAsync();
        }
        await Task.WhenAll(underWay);
        return run.Result;
    }

    /// <summary>False where the server refuses because its queue is full.</summary>
    private async Task<bool> SendAsync(RequestBody body)
    {
        using var response = await http.PostAsync("/v1/correct", new ByteArrayContent(body.Fastq));
        if (response.StatusCode == HttpStatusCode.TooManyRequests)
            return false;
        response.EnsureSuccessStatusCode();
        var answer = await response.Content.ReadAsByteArrayAsync();
        return answer.Length == body.Fastq.Length ? true : throw new InvalidOperationException("the answer is not as long as the reads");
    }

    private sealed class Run(TimeSpan warmUp, TimeSpan window)
    {
        private readonly Stopwatch watch = Stopwatch.StartNew();
        private readonly ConcurrentBag<double> refused = [];
        private int sent;
        private long reads, requests;

        public TimeSpan Elapsed => watch.Elapsed;

        public bool IsOver => watch.Elapsed > warmUp + window;

        public int Sent => Volatile.Read(ref sent);

        public LoadResult Result => new(sent, reads / window.TotalSeconds, requests / window.TotalSeconds, [.. refused]);

        public async Task SendAsync(LoadClient client, RequestBody body)
        {
            Interlocked.Increment(ref sent);
            var start = Stopwatch.GetTimestamp();
            var isAnswered = await client.SendAsync(body);
            if (watch.Elapsed < warmUp || IsOver)
                return;
            if (isAnswered)
            {
                Interlocked.Add(ref reads, body.Reads);
                Interlocked.Increment(ref requests);
            }
            else
            {
                refused.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }
    }
}
