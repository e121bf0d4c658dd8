using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using DnaBart.Fixtures;

namespace DnaBart.Silo.Tests;

public class CorrectionTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    /// <summary>Reads without bases, 200 kB of them: they cost parsing and answering, and no computing.</summary>
    private static readonly byte[] Cheap = [.. Enumerable.Repeat(Encoding.ASCII.GetBytes($"@{new string('n', 1993)}\n\n+\n\n"), 100).SelectMany(bytes => bytes)];

    [Theory]
    [InlineData(1, false)]
    [InlineData(300, false)]
    [InlineData(600, true)]
    public async Task Reads_come_back_in_order_and_byte_for_byte_as_from_a_local_run(int reads, bool compressed)
    {
        var body = new ByteArrayContent(compressed ? SampleReads.Gzip(SampleReads.Fastq(reads)) : SampleReads.Fastq(reads));
        if (compressed)
            body.Headers.ContentEncoding.Add("gzip");

        using var response = await server.Http.PostAsync("/v1/correct?model=sars", body);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(SampleReads.Text(SampleReads.Corrected(reads)), SampleReads.Text(await response.Content.ReadAsByteArrayAsync()));
    }

    /// <summary>A server sees no data set, and a run from standard input does not either: both correct by the model alone.</summary>
    [Fact]
    public void The_command_line_gives_byte_identical_files_from_a_server_and_from_this_machine()
    {
        const int reads = 700;
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["1.fastq.gz"], SampleReads.Gzip(SampleReads.Fastq(reads)));
        File.WriteAllBytes(folder["2.fastq"], SampleReads.Fastq(reads));

        Run(SampleReads.Fastq(reads), ["correct", "--model", SampleReads.ModelFolder, "--device", "cpu", "-", "-o", folder["local.fastq.gz"]]);
        Run([], ["correct", "--server", $"{server.Http.BaseAddress}", folder["1.fastq.gz"], "-o", folder["remote.fastq.gz"]]);
        Run([], ["correct", "--server", $"{server.Http.BaseAddress}", folder["1.fastq.gz"], folder["2.fastq"],
            "-o", folder["mate1.fastq.gz"], "-o", folder["mate2.fastq"]]);

        Assert.Equal(File.ReadAllBytes(folder["local.fastq.gz"]), File.ReadAllBytes(folder["remote.fastq.gz"]));
        Assert.Equal(File.ReadAllBytes(folder["local.fastq.gz"]), File.ReadAllBytes(folder["mate1.fastq.gz"]));
        Assert.Equal(SampleReads.Corrected(reads), File.ReadAllBytes(folder["mate2.fastq"]));
    }

    /// <summary>Odds to the last digit: what they are depends on what is computed in one batch, by rounding.</summary>
    [Fact]
    public async Task What_a_read_gets_does_not_depend_on_what_others_send()
    {
        const int requests = 8, readsEach = 4;
        var bodies = SampleReads.Text(SampleReads.Fastq(requests * readsEach)).Split('\n').Chunk(4 * readsEach)
            .Take(requests).Select(lines => string.Join('\n', lines) + "\n").ToArray();
        var alone = new List<string>();
        foreach (var body in bodies)
            alone.Add(await ExplainAsync(body));

        // They wait while others are computed, and could share batches.
        var others = Enumerable.Range(0, 2).Select(_ => server.Http.PostAsync("/v1/correct", new ByteArrayContent(SampleReads.Fastq(16)))).ToArray();
        var together = await Task.WhenAll(bodies.Select(ExplainAsync));
        foreach (var other in others)
            (await other).Dispose();

        Assert.Contains(alone, text => text.Contains("logOdds"));
        Assert.Equal(alone, together);

        async Task<string> ExplainAsync(string body)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/correct?model=sars") { Content = new StringContent(body) };
            request.Headers.Accept.ParseAdd("application/x-ndjson");
            using var response = await server.Http.SendAsync(request);
            return await response.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task Requests_are_counted_by_the_model_that_answered_also_where_they_name_none()
    {
        using var response = await server.Http.PostAsync("/v1/correct", new ByteArrayContent(SampleReads.Fastq(1)));
        using var unknown = await server.Http.PostAsync("/v1/correct?model=nobody", new ByteArrayContent(SampleReads.Fastq(1)));
        var counts = (await server.Http.GetStringAsync("/metrics")).Split('\n').Where(line => line.StartsWith("dnabart_requests_total{", StringComparison.Ordinal)).ToArray();

        Assert.Contains(counts, line => line.Contains("outcome=\"ok\""));
        Assert.All(counts, line => Assert.Equal(line.Contains("outcome=\"ok\""), line.Contains("model=\"sars\"")));
    }

    [Fact]
    public async Task An_empty_body_gives_no_reads()
    {
        using var response = await server.Http.PostAsync("/v1/correct", new ByteArrayContent([]));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_malformed_record_is_a_bad_request_that_names_its_line()
    {
        var body = SampleReads.Text(SampleReads.Fastq(2000)) + "@broken\nACGT\n+\nII\n";

        using var response = await server.Http.PostAsync("/v1/correct", new StringContent(body));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(400, problem.GetProperty("status").GetInt32());
        Assert.StartsWith("body:8004: 2 quality letters for 4 bases", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("/v1/correct", '@')]
    [InlineData("/v1/classify/sars", '>')]
    public async Task A_record_too_long_to_hold_for_every_caller_is_refused(string path, char first)
    {
        var bases = new string('A', 2 << 20);
        var body = SampleReads.Gzip(Encoding.ASCII.GetBytes(first == '@' ? $"@long\n{bases}\n+\n{bases}\n" : $">long\n{bases}\n"));

        using var response = await server.Http.PostAsync(path, new ByteArrayContent(body));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("a record of more than 1,048,576 bytes", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_malformed_record_after_the_answer_began_breaks_the_answer_off()
    {
        var (bytes, status, isWhole) = await RawConnection.PostAsync(
            server.Http.BaseAddress!, "/v1/correct", [.. Enumerable.Repeat(Cheap, 20), "@broken\nACGT\n+\nII\n"u8.ToArray()]);

        Assert.Equal("HTTP/1.1 200 OK", status);
        Assert.True(bytes > 1000);
        Assert.False(isWhole);
    }

    [Fact]
    public async Task A_body_of_any_length_takes_no_more_memory_than_a_short_one()
    {
        const int times = 1000;
        using var warmUp = await server.Http.PostAsync("/v1/correct", new ByteArrayContent(SampleReads.Fastq(10)));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (looked, most) = (0L, 0L);
        var (bytes, _, isWhole) = await RawConnection.PostAsync(server.Http.BaseAddress!, "/v1/correct", Enumerable.Repeat(Cheap, times), received =>
        {
            if (received - looked < 20 << 20)
                return;
            looked = received;
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        });

        Assert.True(isWhole);
        Assert.InRange(bytes, times * (long)Cheap.Length, long.MaxValue);
        Assert.InRange(most, 1, 60L << 20);
    }

    [Fact]
    public async Task A_read_is_explained_by_its_changes()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/correct?model=sars") { Content = new ByteArrayContent(SampleReads.Fastq(200)) };
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        using var response = await server.Http.SendAsync(request);
        var lines = (await response.Content.ReadAsStringAsync()).TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        var expected = SampleReads.Text(SampleReads.Corrected(200)).Split('\n').Chunk(4).Where(record => record.Length == 4).ToArray();

        Assert.Equal(expected.Select(record => record[1]), lines.Select(line => line.GetProperty("corrected").GetString()));
        Assert.Contains(lines, line => line.GetProperty("changes").GetArrayLength() > 0);
        Assert.All(lines, line =>
        {
            var (before, after) = (line.GetProperty("bases").GetString()!, line.GetProperty("corrected").GetString()!);
            var changes = line.GetProperty("changes").EnumerateArray().ToArray();
            Assert.Equal(Enumerable.Range(0, before.Length).Where(i => before[i] != after[i]), changes.Select(change => change.GetProperty("position").GetInt32()));
            Assert.All(changes, change =>
            {
                var position = change.GetProperty("position").GetInt32();
                Assert.Equal($"{before[position]}{after[position]}", change.GetProperty("from").GetString() + change.GetProperty("to").GetString());
                Assert.Equal(line.GetProperty("quality").GetString()![position] - 33, change.GetProperty("phred").GetInt32());
                Assert.InRange(change.GetProperty("probability").GetDouble(), 0.5, 1);
            });
        });
    }

    [Theory]
    [InlineData("application/x-ndjson;q=0, */*", "text/x-fastq")]
    [InlineData("*/*", "text/x-fastq")]
    [InlineData("text/html, APPLICATION/x-ndjson;q=0.5", "application/x-ndjson")]
    public async Task Reads_are_explained_to_those_who_take_that(string accept, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/correct?model=sars") { Content = new ByteArrayContent(SampleReads.Fastq(1)) };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await server.Http.SendAsync(request);

        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("/v1/correct?model=nobody", 404, "no model 'nobody'; loaded: sars")]
    [InlineData("/v1/classify/sars", 400, "to classify, name a classification model")]
    [InlineData("/v1/classify/tf/0", 404, "no model 'tf/0'")]
    [InlineData("/v1/correct?timeout=soon", 400, "a number of seconds")]
    [InlineData("/v1/correct?timeout=0.000001", 504, "the deadline passed")]
    public async Task A_refusal_says_what_to_do(string path, int status, string detail)
    {
        using var response = await server.Http.PostAsync(path, new ByteArrayContent(SampleReads.Fastq(1)));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(detail, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString());
    }

    private static void Run(byte[] input, string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "DnaBart.Client.dll"), .. arguments]) { RedirectStandardInput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
    }
}
