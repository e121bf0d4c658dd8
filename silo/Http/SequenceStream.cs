using System.Runtime.CompilerServices;
using System.Threading.Channels;
using DnaBart.Serving;
using DnaBart.Silo.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;

namespace DnaBart.Silo.Http;

/// <summary>The sequences of a request's body in chunks, as they arrive. What is ahead of the caller is bounded: a body that comes faster
/// than it is used waits in the network.</summary>
internal static class SequenceStream
{
    /// <summary>Bytes of a record, and of a chunk that is no more than one. Every upload under way may hold a few; gzip makes a record of any
    /// length out of next to nothing.</summary>
    public const int LongestRecord = ReplicaLoader.LargestPart;

    private const int ChunksAhead = 2;

    /// <summary>A body of up to this length is read as a whole before anything is looked at, and takes no thread meanwhile.</summary>
    private const int SmallBody = 1 << 20;

    /// <summary>The chunks of a body.</summary>
    /// <param name="parse">Reads sequences from a stream (plain or gzip) as they are asked for.</param>
    /// <param name="size">Letters of a sequence, its name included: what it takes to hold.</param>
    public static async IAsyncEnumerable<T[]> ReadAsync<T>(
        HttpRequest request, Func<Stream, IEnumerable<T>> parse, Func<T, int> size, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        if (request.ContentLength <= SmallBody)
        {
            var whole = new MemoryStream((int)request.ContentLength);
            await request.Body.CopyToAsync(whole, cancellation);
            whole.Position = 0;
            foreach (var chunk in parse(whole).InChunks(size, LongestRecord))
                yield return chunk;
            yield break;
        }
        // SteadyBody looks at the rate from here on.
        if (request.HttpContext.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        var chunks = Channel.CreateBounded<T[]>(new BoundedChannelOptions(ChunksAhead) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var token = stop.Token;
        var body = new SteadyBody(request.BodyReader, request.HttpContext.RequestServices.GetRequiredService<TimeProvider>(), token);
        // Parsers pull: this body has a thread of its own to wait on.
        var parsing = Task.Factory.StartNew(() => Parse(chunks.Writer, token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await foreach (var chunk in chunks.Reader.ReadAllAsync(cancellation))
                yield return chunk;
        }
        finally
        {
            stop.Cancel();
            // The web server reads what is left of the body once the request has ended: nobody else may still be reading then.
            await parsing;
        }

        void Parse(ChannelWriter<T[]> writer, CancellationToken stopped)
        {
            try
            {
                foreach (var chunk in parse(body).InChunks(size, LongestRecord))
                    writer.WriteAsync(chunk, stopped).AsTask().GetAwaiter().GetResult();
                writer.Complete();
            }
            catch (Exception e)
            {
                writer.TryComplete(e);
            }
        }
    }
}
