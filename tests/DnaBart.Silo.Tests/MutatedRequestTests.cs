using System.Globalization;
using System.Net.Sockets;
using System.Text;
using DnaBart.Fixtures;
using Xunit.Abstractions;

namespace DnaBart.Silo.Tests;

/// <summary>Requests that were damaged at random places: whatever comes, the server answers with what the caller did wrong, goes on, and
/// keeps nothing. <c>DNABART_MUTATED_REQUESTS</c> says how many; 400 without it.</summary>
public class MutatedRequestTests(ServerFixture server, ITestOutputHelper output) : IClassFixture<ServerFixture>
{
    /// <summary>Most of them at any time are cut short and wait in vain.</summary>
    private const int AtATime = 64;

    /// <summary>A request that was cut short is never answered.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly byte[] ShortReads = Encoding.Latin1.GetBytes(string.Join('\n', SampleReads.Text(SampleReads.Fastq(3)).Split('\n')
        .Select((line, number) => number % 2 == 0 ? line : line[..30])));

    private static readonly byte[][] Requests =
    [
        Post("/v1/correct?model=sars", ShortReads),
        Post("/v1/correct", SampleReads.Gzip(ShortReads), "Content-Encoding: gzip\r\n"),
        Post("/v1/correct?timeout=30", "@r/1\r\nACGTN\r\n+\r\nIIIII\r\n"u8.ToArray(), "Accept: application/x-ndjson\r\n"),
        Chunked("/v1/correct", ShortReads),
        Post("/v1/classify/sars", ">a\nACGT\n"u8.ToArray()),
        Post("/v2/models/sars/infer", """
            {"id":"1","inputs":[{"name":"bases","shape":[1],"datatype":"BYTES","data":["ACGTACGT"]},{"name":"quality","shape":[1],"datatype":"BYTES","data":["IIIIIIII"]}]}
            """u8.ToArray(), "Content-Type: application/json\r\n"),
        Get("/v1/models"),
        Get("/v2/models/sars/ready"),
        Get("/openapi.json"),
    ];

    [Fact]
    public async Task A_damaged_request_is_the_callers_error_and_leaves_nothing_behind()
    {
        var count = int.Parse(Environment.GetEnvironmentVariable("DNABART_MUTATED_REQUESTS") ?? "400", CultureInfo.InvariantCulture);
        foreach (var request in Requests)
            Assert.NotNull(await SendAsync(request, TimeSpan.FromMinutes(1)));
        await Idle();
        var (memory, tensors) = (GC.GetTotalMemory(forceFullCollection: true), TensorCount.Settled());
        var statuses = new Dictionary<string, int>();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = AtATime }, async (seed, _) =>
        {
            var request = Mutate(seed);
            var status = await SendAsync(request, Patience) is { Length: > 0 } answer ? Status(answer) : "none";
            // 505 is what the protocol has for a version that the server does not know.
            Assert.True(status is "none" or "505" or ['2' or '4', ..], $"status {status} for seed {seed}:\n{Encoding.Latin1.GetString(request)}");
            lock (statuses)
                statuses[status] = statuses.GetValueOrDefault(status) + 1;
        });
        output.WriteLine($"{count} requests; " + string.Join(", ", statuses.OrderBy(status => status.Key).Select(status => $"{status.Key}: {status.Value}")));

        Assert.True(statuses.GetValueOrDefault("none") < count / 2, "most requests had no answer");
        Assert.True(statuses.GetValueOrDefault("400") > count / 20, "hardly a request was bad");
        await Idle();
        Assert.Equal(tensors, TensorCount.Settled());
        var kept = GC.GetTotalMemory(forceFullCollection: true) - memory;
        output.WriteLine($"memory: {memory >> 10} KiB before, {kept >> 10} KiB more after");
        Assert.InRange(kept, long.MinValue, 16 << 20);
        Assert.Equal("200", Status((await SendAsync(Requests[0], TimeSpan.FromMinutes(1)))!));
    }

    private Task Idle() => Waiting.UntilAsync(async () => await OverloadTests.QueuedBases(server.Http) == 0, "an empty queue");

    private static byte[] Mutate(int seed)
    {
        var random = new Random(seed);
        var bytes = new List<byte>(Requests[random.Next(Requests.Length)]);
        for (var i = 1 + random.Next(3); i > 0 && bytes.Count > 0; i--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 20), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes.Insert(at, "0123456789\r\n:@%\0"u8[random.Next(16)]);
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }
        return [.. bytes];
    }

    /// <summary>Sends bytes and takes what comes back, until the server closes or says nothing for so long; null where it closes without a word.</summary>
    private async Task<byte[]?> SendAsync(byte[] request, TimeSpan patience)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Http.BaseAddress!.Host, server.Http.BaseAddress.Port);
        using var stop = new CancellationTokenSource();
        var (answer, buffer) = (new MemoryStream(), new byte[4096]);
        try
        {
            var stream = client.GetStream();
            await stream.WriteAsync(request);
            stop.CancelAfter(patience);
            for (int count; (count = await stream.ReadAsync(buffer, stop.Token)) > 0; stop.CancelAfter(patience))
                answer.Write(buffer, 0, count);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
        }
        return answer.Length == 0 ? null : answer.ToArray();
    }

    private static string Status(byte[] answer) => Encoding.Latin1.GetString(answer, 0, Math.Min(12, answer.Length)) is ['H', 'T', 'T', 'P', '/', '1', '.', '1', ' ', .. var status]
        ? status
        : "no HTTP";

    private static byte[] Get(string path) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    private static byte[] Post(string path, byte[] body, string headers = "") =>
        [.. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Length: {body.Length}\r\n\r\n"), .. body];

    private static byte[] Chunked(string path, byte[] body) =>
    [
        .. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n"),
        .. body, .. "\r\n0\r\n\r\n"u8,
    ];
}
