using Microsoft.AspNetCore.Http;

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

    /// <summary>Even a sequence without letters takes room.</summary>
    private const int LeastSize = 16;

    /// <summary>Reads, computes and writes to the end. Nothing is written before the first chunk's answer is there.</summary>
    /// <param name="preamble">Goes before the answer.</param>
    public async Task RunAsync(HttpContext context, string contentType, ReadOnlyMemory<byte> preamble)
    {
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
            await context.Response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), stop.Token);
            await context.Response.Body.FlushAsync(stop.Token);
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
