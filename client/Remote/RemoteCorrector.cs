using System.Net;
using DnaBart.Batching;
using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Serving;

namespace DnaBart.Client.Remote;

/// <summary>Corrects reads on a server (<c>POST /v1/correct</c>), in the order of the reads and in bounded memory. Each request can be sent
/// again without harm, so a busy server, a broken connection or a restart costs time and nothing else.</summary>
internal sealed class RemoteCorrector : IDisposable
{
    /// <summary>A CPU run corrects so many reads together, and a server so many of a request: cut between them, requests get the batches, and so the
    /// bits, of such a run.</summary>
    private const int ChunkReads = SequenceChunks.ChunkItems;

    /// <summary>A server reads a body of up to this length as a whole before it answers. <see cref="HttpClient"/> sends all of a body before
    /// it looks at the answer: with more, each would wait for the other.</summary>
    private const int RequestBytes = 1 << 20;

    private const int RequestsAtOnce = 4;
    private const int Attempts = 6;

    /// <summary>For a request and the whole of its answer; longer than a server lets a request wait.</summary>
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromMinutes(1);

    private readonly HttpClient http;
    private readonly string target;
    private readonly TimeProvider time;
    private readonly Action<string> note;
    private int saidBusy;
    private volatile bool hasAnswered;

    /// <param name="server">Such as <c>http://127.0.0.1:8080</c>.</param>
    /// <param name="model">The name of a model there; null for the server's own choice.</param>
    /// <param name="time">What waits go by.</param>
    /// <param name="note">Gets a line for the user when there is something to wait for.</param>
    /// <exception cref="InputException">That is no address of a server.</exception>
    public RemoteCorrector(string server, string? model, TimeProvider time, Action<string> note)
    {
        (Server, this.time, this.note) = (server, time, note);
        target = $"v1/correct{(model is null ? "" : $"?model={Uri.EscapeDataString(model)}")}";
        http = RemoteServer.Client(server, Timeout.InfiniteTimeSpan);
    }

    public string Server { get; }

    /// <summary>Corrects reads.</summary>
    /// <param name="consume">Gets every corrected read, in order, on the calling thread.</param>
    /// <returns>What was done; the number of passes stays with the server.</returns>
    /// <exception cref="InputException">The server refuses the reads, or does not answer.</exception>
    public CorrectionSummary Correct(IEnumerable<Read> reads, Action<Read> consume, CancellationToken cancellation)
    {
        long count = 0, bases = 0, changedReads = 0, changedBases = 0;
        OrderedPipeline.Run(InRequests(reads), (sent, stop) => (Sent: sent, Corrected: Send(sent, stop)), Consume, RequestsAtOnce, cancellation);
        return new CorrectionSummary(count, bases, changedReads, changedBases, Passes: 0, ModelReads: 0);

        void Consume((Read[] Sent, Read[] Corrected) answer)
        {
            for (var i = 0; i < answer.Sent.Length; i++)
            {
                var (before, after) = (answer.Sent[i].Bases, answer.Corrected[i].Bases);
                var changes = 0;
                for (var place = 0; place < before.Length; place++)
                    changes += before[place] == after[place] ? 0 : 1;
                count++;
                bases += before.Length;
                changedReads += changes > 0 ? 1 : 0;
                changedBases += changes;
                consume(answer.Corrected[i]);
            }
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>Cuts reads into requests, between chunks where they are not too long for that.</summary>
    private static IEnumerable<Read[]> InRequests(IEnumerable<Read> reads)
    {
        var request = new List<Read>();
        var bytes = 0L;
        foreach (var read in reads)
        {
            if (request.Count > 0 && bytes + Bytes(read) > RequestBytes)
            {
                var cut = request.Count < ChunkReads ? request.Count : request.Count / ChunkReads * ChunkReads;
                yield return [.. request.Take(cut)];
                request.RemoveRange(0, cut);
                bytes = request.Sum(Bytes);
            }
            request.Add(read);
            bytes += Bytes(read);
        }
        if (request.Count > 0)
            yield return [.. request];
    }

    /// <summary>What a read takes as FASTQ.</summary>
    private static long Bytes(Read read) => "@\n\n+\n\n".Length + read.Name.Length + (2L * read.Bases.Length);

    private Read[] Send(Read[] reads, CancellationToken cancellation)
    {
        var body = new MemoryStream();
        var writer = new ReadWriter(body);
        foreach (var read in reads)
            writer.Write(read);
        var pause = FirstPause;
        for (var attempt = 1; ; attempt++)
        {
            var (corrected, problem, retryAfter) = TrySend(reads, body, cancellation);
            if (corrected is not null)
                return corrected;
            // A full queue says when there will be room again, as often as need be; other failures may stay.
            if (retryAfter is null && attempt == Attempts)
                throw new InputException($"{Server}: {problem}; tried {Attempts} times");
            if (retryAfter is { } && Interlocked.Exchange(ref saidBusy, 1) == 0)
                note($"{Server} is busy; waiting for it as it asks");
            attempt = retryAfter is null ? attempt : 0;
            var wait = retryAfter ?? pause;
            pause = retryAfter is null ? InBounds(pause * 2) : FirstPause;
            Task.Delay(InBounds(wait), time, cancellation).GetAwaiter().GetResult();
        }
    }

    /// <summary>Sends a request once.</summary>
    /// <returns>The corrected reads; or what went wrong, and when to try again where the server says that it is full.</returns>
    /// <exception cref="InputException">Trying again would not help.</exception>
    private (Read[]? Corrected, string? Problem, TimeSpan? RetryAfter) TrySend(Read[] reads, MemoryStream body, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(LongestAnswer, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = new ByteArrayContent(body.GetBuffer(), 0, (int)body.Length) };
            request.Content.Headers.ContentType = new("text/plain");
            using var response = http.Send(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            hasAnswered = true;
            response.Content.LoadIntoBufferAsync(either.Token).GetAwaiter().GetResult();
            if (response.StatusCode == HttpStatusCode.OK)
                return (Read(response, reads), null, null);
            var problem = RemoteServer.Detail(response);
            var retryAfter = response.Headers.RetryAfter is { } header ? header.Delta ?? (header.Date - DateTimeOffset.UtcNow) : null;
            return response.StatusCode switch
            {
                HttpStatusCode.TooManyRequests => (null, problem, retryAfter ?? FirstPause),
                var status when RemoteServer.IsPassing(status) => (null, problem, null),
                _ => throw new InputException($"{Server}: {problem}"),
            };
        }
        catch (HttpRequestException e) when (!hasAnswered)
        {
            throw RemoteServer.NoAnswer(Server, e);
        }
        catch (HttpRequestException e)
        {
            return (null, $"no whole answer ({e.Message})", null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"no whole answer within {LongestAnswer.TotalMinutes:F0} minutes", null);
        }
    }

    private Read[] Read(HttpResponseMessage response, Read[] sent)
    {
        using var reader = FastqReader.Open(response.Content.ReadAsStream(), $"the answer of {Server}");
        var corrected = reader.ReadAll().ToArray();
        if (corrected.Length != sent.Length)
            throw new InputException($"{Server}: answered {sent.Length} reads with {corrected.Length}; is that a server of DnaBart?");
        for (var i = 0; i < sent.Length; i++)
        {
            if (corrected[i].Name != sent[i].Name || !corrected[i].Quality.AsSpan().SequenceEqual(sent[i].Quality))
                throw new InputException($"{Server}: answered read '{sent[i].Name}' with another, '{corrected[i].Name}'; is that a server of DnaBart?");
        }
        return corrected;
    }

    /// <summary>A server may ask for no pause, or name a time that is over.</summary>
    private static TimeSpan InBounds(TimeSpan pause) => pause < FirstPause ? FirstPause : pause < LongestPause ? pause : LongestPause;
}
