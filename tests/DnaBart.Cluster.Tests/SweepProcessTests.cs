using System.Text.Json.Nodes;
using DnaBart.Fixtures;

namespace DnaBart.Cluster.Tests;

/// <summary>Sweeps with real finetunings on silos in processes of their own, by <c>dnabart cluster sweep</c>: silos killed while they train.</summary>
public sealed class SweepProcessTests(TinySweeps sweeps) : IClassFixture<TinySweeps>, IDisposable
{
    private const string Development = "localhost";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly HttpClient http = new() { Timeout = Patience };

    public void Dispose() => http.Dispose();

    [Fact]
    public async Task ASweepOnTwoSilosEndsWithTheFiguresOfALocalRun()
    {
        using var first = Start(Development, "two", isFirst: true);
        using var second = Start(Development, "two");
        TinySweeps.Succeed("cluster", "sweep", "start", sweeps.Plan("whole", "quick"), "--cluster", Development);
        var slots = await UntilOneIsOverAndOneRunsAsync(first, "whole");

        Assert.Equal(2, slots.Count);
        Assert.Equal(sweeps.Undisturbed, TinySweeps.Table(TinySweeps.Succeed("cluster", "sweep", "watch", "whole", "--cluster", Development)));
        TinySweeps.Succeed("sweep", "report", Path.Combine(sweeps.Folder["two"], "whole"));

        TinySweeps.Succeed("cluster", "sweep", "start", sweeps.Plan("stopped", "endless"), "--cluster", Development);
        TinySweeps.Succeed("cluster", "sweep", "stop", "stopped", "--cluster", Development);
        Assert.Equal(
            Enumerable.Repeat("cancelled", 4), TinySweeps.Statuses(TinySweeps.Succeed("cluster", "sweep", "status", "stopped", "--cluster", Development)));
        var unknown = TinySweeps.Run(null, "cluster", "sweep", "status", "none", "--cluster", Development);
        Assert.Equal((2, ""), (unknown.ExitCode, unknown.Output));
        Assert.Contains("no sweep of that name", unknown.Error);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ASweepSurvivesTheLossOfSilosThatTrain(bool ofAll)
    {
        using var postgres = new PostgresServer();
        var name = ofAll ? "all-lost" : "one-lost";
        using var first = Start(postgres.Address, name);
        using var second = Start(postgres.Address, name);
        TinySweeps.Succeed("cluster", "sweep", "start", sweeps.Plan(name, "quick"), "--cluster", postgres.Address);
        await UntilOneIsOverAndOneRunsAsync(first, name);
        Assert.True(second.Send(Signal.Kill));
        if (ofAll)
            Assert.True(first.Send(Signal.Kill));
        using var next = ofAll ? Start(postgres.Address, name) : null;

        Assert.Equal(sweeps.Undisturbed, TinySweeps.Table(TinySweeps.Succeed("cluster", "sweep", "watch", name, "--cluster", postgres.Address)));
    }

    private ServerProcess Start(string cluster, string folder, bool isFirst = false) => SiloProcess.Start(
        cluster, isFirst, "--model", $"m={Path.Combine(SharedData.Root, "models", "sars-cov-2")}", "--sweeps", sweeps.Folder[folder]);

    /// <returns>The slots that had a training.</returns>
    private async Task<HashSet<string>> UntilOneIsOverAndOneRunsAsync(ServerProcess silo, string sweep)
    {
        using var end = new CancellationTokenSource(Patience);
        using var response = await http.GetAsync($"{silo.Url}/v1/sweeps/{sweep}/events", HttpCompletionOption.ResponseHeadersRead, end.Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(end.Token));
        var slots = new HashSet<string>();
        while (await reader.ReadLineAsync(end.Token) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            var trials = JsonNode.Parse(line["data: ".Length..])!["trials"]!.AsArray();
            slots.UnionWith(trials.Select(trial => (string?)trial!["slot"]).OfType<string>());
            var statuses = trials.Select(trial => (string)trial!["status"]!).ToList();
            if (statuses.Contains("completed") && statuses.Contains("running"))
                return slots;
        }
        Assert.Fail("the sweep was over too soon");
        return slots;
    }
}
