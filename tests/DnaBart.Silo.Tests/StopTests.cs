using System.Net;
using System.Net.Sockets;
using System.Text;
using DnaBart.Fixtures;

namespace DnaBart.Silo.Tests;

public class StopTests
{
    private static readonly string Client = Path.Combine(AppContext.BaseDirectory, "DnaBart.Client.dll");

    [Fact]
    public async Task Told_to_stop_it_is_not_ready_answers_what_it_has_begun_and_ends_well()
    {
        using var server = new ServerProcess(Client, "--model", SampleReads.ModelFolder, "--device", "cpu", "--threads", "1");
        var body = new HeldBack(SampleReads.Fastq(30));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/correct") { Content = body };
        // The server asks for the body once it has begun with the request.
        request.Headers.ExpectContinue = true;
        var begun = server.Http.SendAsync(request);
        await body.Begun.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, (await server.Http.GetAsync("/v2/health/ready")).StatusCode);

        Assert.True(server.Send(Signal.Terminate));
        await Waiting.UntilAsync(async () => (await server.Http.GetAsync("/v2/health/ready")).StatusCode == HttpStatusCode.ServiceUnavailable, "no longer ready");
        using var late = await server.Http.PostAsync("/v1/correct", new ByteArrayContent(SampleReads.Fastq(1)));
        body.Go();
        using var answer = await begun;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, late.StatusCode);
        Assert.NotNull(late.Headers.RetryAfter);
        // Neither comes back on its connection.
        Assert.Equal((true, true), (late.Headers.ConnectionClose, answer.Headers.ConnectionClose));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(SampleReads.Text(SampleReads.Corrected(30)), SampleReads.Text(await answer.Content.ReadAsByteArrayAsync()));
        Assert.Equal(0, await server.ExitCodeAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task Uploads_that_were_broken_off_or_refused_half_way_leave_no_errors_behind()
    {
        using var server = new ServerProcess(Client, "--model", SampleReads.ModelFolder, "--device", "cpu", "--threads", "1");
        var address = new Uri(server.Url);
        // Little more than the server looks ahead: when it refuses, it waits for the rest.
        var read = Encoding.ASCII.GetBytes($"@r\n{new string('A', 200)}\n+\n{new string('I', 200)}\n");
        byte[] reads = [.. Enumerable.Repeat(read, 4900).SelectMany(static bytes => bytes)];
        foreach (var (query, piece, saysLength) in new[]
        {
            ("", SampleReads.Fastq(300), false), ("?model=nobody", reads, false), ("?timeout=0.01", reads, false), ("?model=nobody", reads, true), ("?timeout=0.01", reads, true),
        })
        {
            using var client = new TcpClient(address.Host, address.Port);
            var stream = client.GetStream();
            // There is always more to come.
            var framing = saysLength ? $"Content-Length: {piece.Length + 1}\r\n\r\n" : $"Transfer-Encoding: chunked\r\n\r\n{piece.Length:x}\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/correct{query} HTTP/1.1\r\nHost: localhost\r\n{framing}"));
            await stream.WriteAsync(piece);
            if (!saysLength)
                await stream.WriteAsync("\r\n"u8.ToArray());
            // The server reads on, or has refused it.
            if (query.Length > 0)
                Assert.True(await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(30)) > 0);
            else
                await Task.Delay(TimeSpan.FromSeconds(1));
        }
        using var next = await server.Http.PostAsync("/v1/correct", new ByteArrayContent(SampleReads.Fastq(1)));
        Assert.True(server.Send(Signal.Terminate));

        Assert.Equal(0, await server.ExitCodeAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        Assert.DoesNotContain("fail:", server.Output);
        Assert.DoesNotContain("warn:", server.Output);
    }

    [Theory]
    [InlineData("no such folder", "--model", "/nowhere")]
    [InlineData("two models are called 'x'", "--model", "x", "y/x")]
    public void What_it_cannot_serve_is_one_clear_line(string message, params string[] options)
    {
        var error = Assert.Throws<InvalidOperationException>(() => new ServerProcess(Client, options));

        Assert.Contains(message, error.Message);
        Assert.DoesNotContain(" at ", error.Message);
    }

    /// <summary>A body that is sent up to its middle, and then to the end once it may.</summary>
    private sealed class HeldBack(byte[] body) : HttpContent
    {
        private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource mayGo = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => begun.Task;

        public void Go() => mayGo.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(body.AsMemory(0, body.Length / 2));
            await stream.FlushAsync();
            begun.SetResult();
            await mayGo.Task;
            await stream.WriteAsync(body.AsMemory(body.Length / 2));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = body.Length;
            return true;
        }
    }
}
