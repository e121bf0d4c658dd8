using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DnaBart.Fixtures;
using DnaBart.Serving;
using DnaBart.Silo.Http;
using Microsoft.Extensions.DependencyInjection;

namespace DnaBart.Silo.Tests;

/// <summary>A server with a queue of one batch and one thread, which a few requests fill.</summary>
public class OverloadTests
{
    private static readonly ServerOptions Small = new()
    {
        Models = [new ModelFolder("sars", SampleReads.ModelFolder)],
        Url = "http://127.0.0.1:0",
        Devices = ["cpu"],
        Threads = 1,
        QueueBatches = 1,
    };

    /// <summary>Starts a server of one upload at a time that computes nothing, and to which minutes are moments.</summary>
    private static Task<(Server Server, HttpClient Http, Uri? Admin)> StartHurriedAsync() => ServerFixture.StartAsync(Small with
    {
        Models = [],
        Uploads = 1,
        Join = builder => builder.Services.AddSingleton<IModelServer>(new QueueOnly()).AddSingleton<TimeProvider>(new HurriedTime()),
    });

    [Fact]
    public async Task A_full_queue_refuses_at_once_and_what_was_accepted_is_answered()
    {
        var (server, http, _) = await ServerFixture.StartAsync(Small);
        await using var stop = server;
        using var client = http;
        var body = SampleReads.Fastq(256);
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            var watch = Stopwatch.StartNew();
            using var response = await http.PostAsync("/v1/correct", new ByteArrayContent(body));
            var length = (await response.Content.ReadAsByteArrayAsync()).Length;
            return (response.StatusCode, response.Headers.RetryAfter?.Delta, Length: length, watch.Elapsed);
        }));
        var (accepted, refused) = (answers.Where(answer => answer.StatusCode == HttpStatusCode.OK).ToArray(),
            answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ToArray());

        Assert.Equal(answers.Length, accepted.Length + refused.Length);
        Assert.NotEmpty(accepted);
        Assert.NotEmpty(refused);
        Assert.All(accepted, answer => Assert.Equal(body.Length, answer.Length));
        Assert.All(refused, answer => Assert.True(answer.Delta >= TimeSpan.FromSeconds(1), "no Retry-After"));
        Assert.True(refused.Min(answer => answer.Elapsed) < accepted.Max(answer => answer.Elapsed), "a refusal takes as long as the work");
    }

    [Fact]
    public async Task An_upload_that_was_accepted_is_finished_while_newcomers_are_refused()
    {
        const int reads = 2000;
        var model = new QueueOnly();
        var (server, http, _) = await ServerFixture.StartAsync(
            Small with { Models = [], Join = builder => builder.Services.AddSingleton<IModelServer>(model) });
        await using var stop = server;
        using var client = http;
        model.Accepted = () => model.IsFull = true;

        using var accepted = await http.PostAsync("/v1/correct", new ByteArrayContent(SampleReads.Fastq(reads))).WaitAsync(TimeSpan.FromSeconds(60));
        using var refused = await http.PostAsync("/v1/correct", new ByteArrayContent(SampleReads.Fastq(1)));

        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        Assert.Equal(SampleReads.Text(SampleReads.Fastq(reads)), SampleReads.Text(await accepted.Content.ReadAsByteArrayAsync()));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
    }

    [Fact]
    public async Task An_upload_that_hardly_moves_gives_its_place_up_and_health_is_told_however_many_are_connected()
    {
        var (server, http, _) = await StartHurriedAsync();
        await using var stop = server;
        using var client = http;
        var crowd = Enumerable.Range(0, 64).Select(_ => new TcpClient(http.BaseAddress!.Host, http.BaseAddress.Port)).ToArray();
        var slow = RawConnection.PostAsync(http.BaseAddress!, "/v1/correct", Drops());
        await Waiting.UntilAsync(async () =>
        {
            // Refused, where it came while the other request was under way.
            if (slow.IsCompleted)
                slow = RawConnection.PostAsync(http.BaseAddress!, "/v1/correct", Drops());
            return (await http.PostAsync("/v1/correct", new ByteArrayContent(SampleReads.Fastq(1)))).StatusCode == HttpStatusCode.TooManyRequests;
        }, "the one place taken");
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/v2/health/ready")).StatusCode);
        await Waiting.UntilAsync(async () => (await http.PostAsync("/v1/correct", new ByteArrayContent(SampleReads.Fastq(1)))).StatusCode == HttpStatusCode.OK, "the place given up");

        Assert.DoesNotContain("200", (await slow).Status);
        foreach (var connection in crowd)
            connection.Dispose();

        static IEnumerable<byte[]> Drops()
        {
            yield return "@read\n"u8.ToArray();
            for (var i = 0; i < 300; i++)
            {
                Thread.Sleep(TimeSpan.FromSeconds(0.2));
                yield return "ACGTACGTACGTACGTACGTACGTACGTAC"u8.ToArray();
            }
        }
    }

    [Fact]
    public async Task Bodies_that_are_held_as_a_whole_have_a_bound_together_and_what_is_beyond_is_refused_before_it_is_read()
    {
        const long left = 1 << 16;
        var (server, http, _) = await ServerFixture.StartAsync(
            Small with { Models = [], Join = builder => builder.Services.AddSingleton<IModelServer>(new QueueOnly()) });
        await using var stop = server;
        using var client = http;
        var held = new List<TcpClient>();
        foreach (var length in Enumerable.Repeat(JsonBody.Longest, 3).Append(JsonBody.Longest - left))
        {
            var connection = new TcpClient(http.BaseAddress!.Host, http.BaseAddress.Port);
            await connection.GetStream().WriteAsync(
                Encoding.ASCII.GetBytes($"POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"));
            // The server is about to read it.
            var answer = new byte["HTTP/1.1 100".Length];
            await connection.GetStream().ReadExactlyAsync(answer).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal("HTTP/1.1 100", Encoding.ASCII.GetString(answer));
            held.Add(connection);
        }

        Assert.Equal(429, await StatusAsync(Large(), says: true));
        Assert.Equal(429, await StatusAsync(Large(), says: false));
        // There is room for it, and it is no request.
        Assert.Equal(400, await StatusAsync([(byte)'{'], says: true));
        Assert.Equal(400, await StatusAsync([(byte)'{'], says: false));
        held[0].Dispose();
        await Waiting.UntilAsync(async () => await StatusAsync(Large(), says: true) == 400, "the room of a caller who left");
        Assert.Equal(400, await StatusAsync(Large(), says: false));
        foreach (var connection in held)
            connection.Dispose();

        static byte[] Large() => [.. Enumerable.Repeat((byte)' ', 2 * (int)left)];

        async Task<int> StatusAsync(byte[] body, bool says)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/m/infer") { Content = new ByteArrayContent(body) };
            request.Headers.TransferEncodingChunked = !says;
            using var response = await http.SendAsync(request);
            Assert.Equal(response.StatusCode == HttpStatusCode.TooManyRequests, response.Headers.RetryAfter is not null);
            return (int)response.StatusCode;
        }
    }

    [Fact]
    public async Task One_who_takes_nothing_of_the_answer_holds_no_place_in_the_queue()
    {
        var (server, http, _) = await ServerFixture.StartAsync(Small);
        await using var stop = server;
        using var client = http;
        using var connection = new TcpClient { ReceiveBufferSize = 4096 };
        var sent = 0;
        var sending = SendAndTakeNothingAsync(connection, http.BaseAddress!, () => sent++);
        for (var before = -1; before != sent || sent == 0; await Task.Delay(TimeSpan.FromSeconds(2)))
            before = sent;

        Assert.False(sending.IsCompleted, "all of it was taken");
        Assert.Equal(0, await QueuedBases(http));
        using var next = await http.PostAsync("/v1/correct", new ByteArrayContent(SampleReads.Fastq(1)));
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        connection.Dispose();
        await Assert.ThrowsAnyAsync<IOException>(() => sending);
    }

    [Fact]
    public async Task One_who_takes_nothing_of_the_answer_is_cut_off_however_much_was_taken_before()
    {
        var (server, http, _) = await StartHurriedAsync();
        await using var stop = server;
        using var client = http;
        using var connection = new TcpClient { ReceiveBufferSize = 4096 };

        // It ends by the server alone.
        await Assert.ThrowsAnyAsync<IOException>(() => SendAndTakeNothingAsync(connection, http.BaseAddress!, static () => { }).WaitAsync(TimeSpan.FromMinutes(1)));

        await Waiting.UntilAsync(async () => (await http.PostAsync("/v1/correct", new ByteArrayContent(SampleReads.Fastq(1)))).StatusCode == HttpStatusCode.OK, "the place given up");
    }

    /// <summary>Sends reads with next to nothing to compute, and more to answer than a connection holds.</summary>
    /// <param name="sent">Called after each.</param>
    private static async Task SendAndTakeNothingAsync(TcpClient connection, Uri server, Action sent)
    {
        const int records = 300;
        var record = Encoding.ASCII.GetBytes($"@{new string('n', 100_000)}\nACGTACGTAC\n+\nIIIIIIIIII\n");
        await connection.ConnectAsync(server.Host, server.Port);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/correct HTTP/1.1\r\nHost: localhost\r\nContent-Length: {(long)records * record.Length}\r\n\r\n"));
        for (var i = 0; i < records; i++)
        {
            await connection.GetStream().WriteAsync(record);
            sent();
        }
    }

    [Fact]
    public async Task Reads_of_a_caller_who_left_are_not_computed()
    {
        const int callers = 4, reads = 1500;
        var computed = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument is { Meter.Name: ServingMeter.Name, Name: "dnabart.reads" })
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref computed, count));
        listener.Start();
        var (server, http, _) = await ServerFixture.StartAsync(Small with { QueueBatches = 1000 });
        await using var stop = server;
        using var client = http;
        using var leave = new CancellationTokenSource();
        var body = SampleReads.Fastq(reads);
        var left = Enumerable.Range(0, callers).Select(_ => http.PostAsync("/v1/correct", new ByteArrayContent(body), leave.Token)).ToArray();
        await Waiting.UntilAsync(async () => await QueuedBases(http) > 0, "reads in the queue");
        leave.Cancel();
        foreach (var request in left)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);

        await Waiting.UntilAsync(async () => await QueuedBases(http) == 0, "an empty queue");
        using var next = await http.PostAsync("/v1/correct", new ByteArrayContent(SampleReads.Fastq(1)));

        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        Assert.InRange(Interlocked.Read(ref computed), 1, callers * reads / 2);
    }

    internal static async Task<long> QueuedBases(HttpClient http)
    {
        using var models = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync("/v1/models"));
        return models.RootElement.EnumerateArray()
            .SelectMany(model => model.GetProperty("replicas").EnumerateArray()).Sum(replica => replica.GetProperty("queuedBases").GetInt64());
    }
}
