using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using DnaBart.Client.Tests;
using DnaBart.Fixtures;
using DnaBart.Sequences;
using Xunit.Abstractions;

namespace DnaBart.Cluster.Tests;

/// <summary>Silos in processes of their own on PostgreSQL: killed, frozen, and started again.</summary>
public sealed class SiloProcessTests(ITestOutputHelper output) : IDisposable
{
    private const int Reads = 96, ReadsPerRequest = 4;

    private static readonly string Model = Path.Combine(SharedData.Root, "models", "sars-cov-2");

    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromMinutes(2) };

    public void Dispose()
    {
        http.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void AServerThatJoinsNoClusterTakesNoOptionsOfASilo() => Assert.Equal(
        "dnabart: --slots is for a silo of a cluster; give --cluster too\n", CommandLine.Run("serve", "--model", "m=/nowhere", "--slots", "cpu").Error);

    [SkippableTheory]
    [InlineData("kill -9")]
    [InlineData("SIGSTOP")]
    public async Task EveryRequestIsAnsweredOnceAndAsOnASingleNodeWhenASiloIsLost(string how)
    {
        using var postgres = new PostgresServer();
        var requests = Requests();
        var expected = Expected();
        using var first = SiloProcess.Start(postgres.Address, isFirst: false, "--model", $"m={Model}");
        using var second = SiloProcess.Start(postgres.Address, isFirst: false, "--model", $"m={Model}");

        // Callers of the silo that stays, half of whose requests go to the other one; they send their share of the reads again and again.
        using var end = new CancellationTokenSource();
        var answered = new ConcurrentQueue<(int Request, string Answer, long Sent, long Received)>();
        var callers = Enumerable.Range(0, 4).Select(caller => Task.Run(async () =>
        {
            for (var i = caller; !end.IsCancellationRequested; i++)
            {
                var sent = Stopwatch.GetTimestamp();
                using var response = await http.PostAsync($"{second.Url}/v1/correct?model=m", new StringContent(requests[i % requests.Length]));
                var answer = await response.Content.ReadAsStringAsync();
                Assert.True(response.IsSuccessStatusCode, answer);
                answered.Enqueue((i % requests.Length, answer, sent, Stopwatch.GetTimestamp()));
            }
        })).ToList();
        var client = Task.Run(() => CommandLine.Run("cluster", "correct", "--cluster", postgres.Address, "--model", "m", folder["reads.fq"], "-o", folder["cluster.fq"]));
        await Waiting.UntilAsync(() => Task.FromResult(answered.Count >= 8), "answers from both silos");

        var lost = Stopwatch.GetTimestamp();
        if (how == "SIGSTOP")
            Assert.True(first.Send(Signal.Stop));
        else
            Assert.True(first.Send(Signal.Kill));
        // A request that was under way on the lost silo is answered when all callers have been answered twice after the loss.
        await Waiting.UntilAsync(() => Task.FromResult(answered.Count(answer => answer.Received > lost) >= 16 || callers.Any(caller => caller.IsFaulted)), "answers after the loss");
        var corrected = await client;
        end.Cancel();
        await Task.WhenAll(callers);

        Assert.All(answered, answer => Assert.Equal(expected[answer.Request], answer.Answer));
        Assert.True(corrected.ExitCode == 0, corrected.Error);
        Assert.Equal(string.Concat(expected), File.ReadAllText(folder["cluster.fq"]));
        var waited = answered.Where(answer => answer.Sent < lost && answer.Received > lost).Max(answer => Stopwatch.GetElapsedTime(lost, answer.Received));
        output.WriteLine($"{how}: the last request that was under way was answered {waited.TotalSeconds:F1} s later");
        Assert.True(waited < TimeSpan.FromSeconds(45));
    }

    [SkippableFact]
    public async Task WhatTheClusterServesSurvivesARestartOfAllItsSilos()
    {
        using var postgres = new PostgresServer();
        using (var silo = SiloProcess.Start(postgres.Address, isFirst: false, "--model", $"m={Model}"))
        {
            Assert.Equal(1, await VersionAsync(silo, "m"));
            Assert.True(silo.Send(Signal.Terminate));
            Assert.Equal(0, await silo.ExitCodeAsync(TimeSpan.FromSeconds(90)));
        }
        // Known by the database alone: this silo names another model, and another folder.
        using var next = SiloProcess.Start(postgres.Address, isFirst: false, "--model", $"n={Model}", "m=/elsewhere");
        Assert.Contains($"--model m=/elsewhere is not served: the cluster has version 1 of {Model} under that name", next.Output);
        Assert.Equal((1, 1), (await VersionAsync(next, "m"), await VersionAsync(next, "n")));
        var (requests, expected) = (Requests(), Expected());
        using var response = await http.PostAsync($"{next.Url}/v1/correct?model=m", new StringContent(requests[0]));
        Assert.Equal(expected[0], await response.Content.ReadAsStringAsync());
    }

    private async Task<int> VersionAsync(ServerProcess silo, string model)
    {
        var models = JsonDocument.Parse(await http.GetStringAsync($"{silo.Url}/v1/models")).RootElement.EnumerateArray();
        return models.Single(entry => entry.GetProperty("name").GetString() == model).GetProperty("version").GetInt32();
    }

    /// <summary>The reads in small requests; all of them are in <c>reads.fq</c>.</summary>
    private string[] Requests()
    {
        using var reader = FastqReader.Open(SharedData.Sample("sars_cov_2/reads_R1.fastq.gz"));
        var requests = reader.ReadAll().Take(Reads).Select(read => Text(read)).Chunk(ReadsPerRequest).Select(chunk => string.Concat(chunk)).ToArray();
        File.WriteAllText(folder["reads.fq"], string.Concat(requests));
        return requests;
    }

    /// <summary>What a single node makes of each request.</summary>
    private string[] Expected()
    {
        var local = CommandLine.Run("correct", "--model", Model, folder["reads.fq"], "-o", folder["local.fq"]);
        Assert.True(local.ExitCode == 0, local.Error);
        using var reader = FastqReader.Open(folder["local.fq"]);
        return [.. reader.ReadAll().Select(read => Text(read)).Chunk(ReadsPerRequest).Select(chunk => string.Concat(chunk))];
    }

    private static string Text(Read read) =>
        $"@{read.Name}\n{System.Text.Encoding.ASCII.GetString(read.Bases)}\n+\n{System.Text.Encoding.ASCII.GetString(read.Quality)}\n";
}
