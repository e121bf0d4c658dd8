using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;

namespace DnaBart.Silo.Http;

/// <summary>Answers a body of sequences in order while it still arrives, in bounded memory: some chunks are computed at a time, and a
/// caller who takes the answer slowly is sent it slowly.</summary>
/// <param name="parse">As in <see cref="SequenceStream.ReadAsync"/>.</param>
/// <param name="size">As there.</param>
/// <param name="compute">Asks a model for a chunk, given whether it continues chunks before it.</param>
/// <param name="write">Writes a chunk's answer.</param>
internal sealed class StreamedAnswer<TItem, TResult>(
    Func<Stream, IEnumerable<TItem>> parse, Func<TItem, int> size,
    Func<TItem[], bool, CancellationToken, Task<TResult[]>> compute, Action<Stream, TItem[], TResult[]> write)
{
    private const int ChunksAtATime = 4;

    /// <summary>Letters that are parsed before anything is computed: an error in a body up to this long is an error of the whole request.</summary>
    private const long LookAhead = 1 << 20;

    /// <summary>For a part of the answer to be taken: by a pipeline that works on it, or loads an index first. Who takes less would hold a request's place
    /// for nothing; the web server goes by the mean since the beginning, so that one who took much may stop for days.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>Even a sequence without letters takes room.</summary>
    private const int LeastSize = 16;

    /// <summary>Reads, computes and writes to the end. Nothing is written before the first chunk's answer is there.</summary>
    /// <param name="preamble">Goes before the answer.</param>
    /// <exception cref="BadHttpRequestException">The caller does not take it.</exception>
    public async Task RunAsync(HttpContext context, string contentType, ReadOnlyMemory<byte> preamble)
    {
        var time = context.RequestServices.GetRequiredService<TimeProvider>();
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var underWay = new Queue<(TItem[] Chunk, Task<TResult[]> Answer)>();
        var isFirst = true;
        try
        {
            await foreach (var chunk in LookedAhead(SequenceStream.ReadAsync(context.Request, parse, size, stop.Token)))
            {
                if (underWay.Count == ChunksAtATime)
                    await WriteNext();
                underWay.Enqueue((chunk, compute(chunk, !isFirst, stop.Token)));
                // Where there is no room for this request, no more of it is taken.
                if (isFirst && underWay.Peek().Answer.IsFaulted)
                    await WriteNext();
                isFirst = false;
            }
            while (underWay.Count > 0)
                await WriteNext();
            await Begin();
        }
        finally
        {
            stop.Cancel();
            foreach (var (_, answer) in underWay)
                await answer.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        async Task WriteNext()
        {
            var (chunk, answer) = underWay.Peek();
            var results = await answer;
            underWay.Dequeue();
            var buffer = new MemoryStream();
            write(buffer, chunk, results);
            await Begin();
            using var pause = new CancellationTokenSource(LongestPause, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(pause.Token, stop.Token);
            try
            {
                await context.Response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), either.Token);
                await context.Response.Body.FlushAsync(either.Token);
            }
            catch (OperationCanceledException e) when (pause.IsCancellationRequested)
            {
                throw new BadHttpRequestException(
                    $"a part of the answer was not taken within {LongestPause.TotalMinutes:F0} minutes", StatusCodes.Status408RequestTimeout, e);
            }
        }

        async Task Begin()
        {
            if (context.Response.HasStarted)
                return;
            context.Response.ContentType = contentType;
            await context.Response.StartAsync(stop.Token);
            await context.Response.Body.WriteAsync(preamble, stop.Token);
        }
    }

    private async IAsyncEnumerable<TItem[]> LookedAhead(IAsyncEnumerable<TItem[]> chunks)
    {
        var ahead = new Queue<TItem[]>();
        var seen = 0L;
        await foreach (var chunk in chunks)
        {
            ahead.Enqueue(chunk);
            if (seen < LookAhead && (seen += chunk.Sum(item => LeastSize + (long)size(item))) < LookAhead)
                continue;
            while (ahead.TryDequeue(out var next))
                yield return next;
        }
        while (ahead.TryDequeue(out var next))
            yield return next;
    }
}
