using System.Collections.Concurrent;
using System.Text;
using DnaBart.Client.Remote;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Client.Tests.Remote;

/// <summary>What the client makes of a server's answers, good and bad. The server here "corrects" every A into C.</summary>
public class RemoteCorrectorTests
{
    private static readonly Read[] Reads =
        [.. Enumerable.Range(0, 6000).Select(i => new Read($"read{i}", Bytes(i % 3 == 0 ? "GATTACA" : "GGTTCC"), Bytes(i % 3 == 0 ? "IIIIII#" : "IIIIII")))];

    [Fact]
    public void Reads_come_back_in_order_though_requests_are_refused_and_answers_break_off()
    {
        var attempts = new ConcurrentDictionary<string, int>();
        using var server = new ScriptedServer((_, body, response) =>
        {
            switch (attempts.AddOrUpdate(body, 1, (_, tries) => tries + 1))
            {
                case 1:
                    response.Headers["Retry-After"] = "1";
                    ScriptedServer.Answer(response, 429, "full");
                    break;
                case 2:
                    response.ContentLength64 = body.Length;
                    response.OutputStream.Write(Bytes(Corrected(body)[..(body.Length / 2)]));
                    response.Abort();
                    break;
                default:
                    ScriptedServer.Answer(response, 200, Corrected(body));
                    break;
            }
        });
        var notes = new ConcurrentQueue<string>();
        using var corrector = new RemoteCorrector(server.Url, "m", TimeProvider.System, notes.Enqueue);
        var long1 = new Read("long", Enumerable.Repeat((byte)'A', 600_000).ToArray(), Enumerable.Repeat((byte)'I', 600_000).ToArray());
        Read[] sent = [.. Reads, long1, .. Reads];
        var received = new List<Read>();

        var summary = corrector.Correct(sent, received.Add, CancellationToken.None);

        Assert.Equal(sent.Select(read => (read.Name, Corrected(Text(read.Bases)))), received.Select(read => (read.Name, Text(read.Bases))));
        Assert.Equal((12_001, 4_001), (summary.Reads, summary.ChangedReads));
        Assert.Equal((4_000 * 3) + 600_000, summary.ChangedBases);
        Assert.True(attempts.Count > 2, $"{attempts.Count} requests");
        Assert.All(attempts.Values, tries => Assert.Equal(3, tries));
        Assert.Contains("busy", Assert.Single(notes));
    }

    [Fact]
    public void Requests_are_cut_between_the_chunks_of_a_local_run_and_stay_under_what_a_server_takes_in_whole()
    {
        var bodies = new ConcurrentQueue<string>();
        using var server = new ScriptedServer((_, body, response) =>
        {
            bodies.Enqueue(body);
            ScriptedServer.Answer(response, 200, body);
        });
        using var corrector = new RemoteCorrector(server.Url, null, TimeProvider.System, _ => { });

        corrector.Correct(Enumerable.Range(0, 70_000).Select(i => Reads[i % Reads.Length]), _ => { }, CancellationToken.None);

        var sizes = bodies.Select(body => body.Count(c => c == '\n') / 4).OrderDescending().ToArray();
        Assert.True(sizes.Length > 1);
        Assert.All(bodies, body => Assert.InRange(body.Length, 1, 1 << 20));
        Assert.All(sizes[..^1], reads => Assert.Equal(0, reads % 256));
    }

    [Fact]
    public void A_refusal_is_told_with_the_servers_reason_and_not_tried_again()
    {
        using var server = new ScriptedServer((_, _, response) =>
            ScriptedServer.Answer(response, 404, """{ "title": "Not Found", "detail": "no model 'x'; loaded: y" }""", "application/problem+json"));
        using var corrector = new RemoteCorrector(server.Url, "x", TimeProvider.System, _ => { });

        var error = Assert.Throws<InputException>(() => corrector.Correct(Reads[..10], _ => { }, CancellationToken.None));

        Assert.Equal($"{server.Url}: no model 'x'; loaded: y", error.Message);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public void Nobody_at_that_address_is_told_at_once()
    {
        var server = new ScriptedServer((_, _, _) => { });
        server.Dispose();
        using var corrector = new RemoteCorrector(server.Url, null, TimeProvider.System, _ => { });

        Assert.Contains("is a server running there?", Assert.Throws<InputException>(() => corrector.Correct(Reads[..1], _ => { }, CancellationToken.None)).Message);
    }

    [Theory]
    [InlineData("", "answered 1 reads with 0")]
    [InlineData("@other\nGATTACA\n+\nIIIIII#\n", "answered read 'read0' with another, 'other'")]
    [InlineData("@read0\nGATTAC\n+\nIIIIII\n", "answered read 'read0' with another")]
    [InlineData("<html>", "a record begins with '@'")]
    public void An_answer_that_is_not_of_the_reads_sent_is_refused(string answer, string message)
    {
        using var server = new ScriptedServer((_, _, response) => ScriptedServer.Answer(response, 200, answer));
        using var corrector = new RemoteCorrector(server.Url, null, TimeProvider.System, _ => { });

        Assert.Contains(message, Assert.Throws<InputException>(() => corrector.Correct(Reads[..1], _ => { }, CancellationToken.None)).Message);
    }

    [Fact]
    public void An_interrupt_ends_the_wait_for_a_busy_server()
    {
        using var interrupt = new CancellationTokenSource();
        using var server = new ScriptedServer((_, _, response) =>
        {
            response.Headers["Retry-After"] = "50";
            ScriptedServer.Answer(response, 429, "full");
        });
        using var corrector = new RemoteCorrector(server.Url, null, TimeProvider.System, _ => interrupt.Cancel());

        Assert.ThrowsAny<OperationCanceledException>(() => corrector.Correct(Reads[..1], _ => { }, interrupt.Token));
    }

    [Fact]
    public void An_answer_that_goes_silent_midway_is_asked_for_again()
    {
        using var server = new ScriptedServer((request, body, response) =>
        {
            if (request > 0)
            {
                ScriptedServer.Answer(response, 200, Corrected(body));
                return;
            }
            response.ContentLength64 = body.Length;
            response.OutputStream.Write(Bytes(Corrected(body)[..(body.Length / 2)]));
            response.OutputStream.Flush();
        });
        using var corrector = new RemoteCorrector(server.Url, null, new HurriedTime(), _ => { });

        var summary = corrector.Correct(Reads[..2], _ => { }, CancellationToken.None);

        Assert.Equal((2, 1), (summary.Reads, summary.ChangedReads));
        Assert.True(server.Requests > 1);
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("Wed, 21 Oct 2015 07:28:00 GMT", 1)]
    [InlineData("100000", 60)]
    public void A_busy_server_is_asked_again_after_a_second_to_a_minute_whatever_it_says(string retryAfter, int seconds)
    {
        using var server = new ScriptedServer((request, body, response) =>
        {
            response.Headers["Retry-After"] = retryAfter;
            ScriptedServer.Answer(response, request > 0 ? 200 : 429, body);
        });
        var time = new NotedTime();
        using var corrector = new RemoteCorrector(server.Url, null, time, _ => { });

        corrector.Correct(Reads[..1], _ => { }, CancellationToken.None);

        Assert.Contains(TimeSpan.FromSeconds(seconds), time.Waits);
    }

    /// <summary>Hurried, and says what was waited for.</summary>
    private sealed class NotedTime : TimeProvider
    {
        private readonly HurriedTime hurried = new();

        public ConcurrentBag<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime);
            return hurried.CreateTimer(callback, state, dueTime, period);
        }
    }

    private static string Corrected(string text) => text.Replace("GATTACA", "GCTTCCC").Replace("AAAA", "CCCC");

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    private static string Text(byte[] bytes) => Encoding.ASCII.GetString(bytes);
}
