using System.Runtime.CompilerServices;
using DnaBart.Fixtures;
using DnaBart.Sweeps;
using Microsoft.Extensions.DependencyInjection;

namespace DnaBart.Silo.Tests;

public class EventStreamTests
{
    [Fact]
    public async Task A_sweep_in_which_nothing_happens_keeps_its_connection_in_use()
    {
        var sweeps = new Quiet();
        var (server, http, _) = await ServerFixture.StartAsync(new ServerOptions
        {
            Models = [],
            Url = "http://127.0.0.1:0",
            Devices = ["cpu"],
            Join = builder => builder.Services.AddSingleton<ISweepServer>(sweeps).AddSingleton<TimeProvider>(new HurriedTime()),
        });
        await using var stop = server;
        using var client = http;
        using var response = await http.GetAsync("/v1/sweeps/quiet/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var lines = new List<string?>();
        while (lines.Count < 6)
            lines.Add(await reader.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1)));
        sweeps.End.SetResult();
        var rest = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("data: {\"name\":\"quiet\"", lines[0]);
        Assert.Equal(["", ":", "", ":", ""], lines[1..]);
        Assert.DoesNotContain("data", rest);
    }

    /// <summary>One sweep, in which nothing happens until it ends.</summary>
    private sealed class Quiet : ISweepServer
    {
        private readonly SweepState state = SweepState.Initial(new SweepPlan("quiet", [], [], [], new SweepPolicy(TimeSpan.FromMinutes(1), 1, 1, null)));

        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<IReadOnlyList<SweepState>> ListAsync(CancellationToken cancellation) => throw new NotSupportedException();

        public Task<SweepState> StartAsync(SweepPlan plan, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<SweepState?> FindAsync(string name, CancellationToken cancellation) => Task.FromResult<SweepState?>(state);

        public async IAsyncEnumerable<SweepState> WatchAsync(string name, [EnumeratorCancellation] CancellationToken cancellation)
        {
            yield return state;
            await End.Task.WaitAsync(cancellation);
        }

        public Task<bool> CancelAsync(string name, CancellationToken cancellation) => throw new NotSupportedException();
    }
}
