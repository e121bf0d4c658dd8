using System.Net;
using System.Runtime.Versioning;
using DnaBart.Fixtures;

namespace DnaBart.Silo.Tests;

[SupportedOSPlatform("linux")]
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

        server.SendTerminate();
        await OverloadTests.Until(async () => (await server.Http.GetAsync("/v2/health/ready")).StatusCode == HttpStatusCode.ServiceUnavailable);
        using var late = await server.Http.PostAsync("/v1/correct", new ByteArrayContent(SampleReads.Fastq(1)));
        body.Go();
        using var answer = await begun;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, late.StatusCode);
        Assert.NotNull(late.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(SampleReads.Text(SampleReads.Corrected(30)), SampleReads.Text(await answer.Content.ReadAsByteArrayAsync()));
        Assert.Equal(0, await server.ExitCodeAsync(TimeSpan.FromSeconds(60)));
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
