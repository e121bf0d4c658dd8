using System.Collections.Immutable;
using System.Net;
using DnaBart.Fixtures;
using DnaBart.Grains;
using DnaBart.Silo;
using DnaBart.Silo.Cluster;
using DnaBart.Silo.Tests.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace DnaBart.Cluster.Tests;

/// <summary>What a silo with its HTTP API shows of itself.</summary>
public class MetricsTests
{
    private static readonly ModelFolder[] Models = [new("m", Path.Combine(SharedData.Root, "models", "sars-cov-2"))];

    [SkippableFact]
    public async Task ASiloShowsWhatOrleansMeasuresBesideItsOwn()
    {
        await using var server = await StartAsync("cpu");
        using var http = new HttpClient { BaseAddress = server.Addresses.Single() };
        using var corrected = await http.PostAsync("/v1/correct", new StringContent("@r\nACGTACGTACGTACGT\n+\nIIIIIIIIIIIIIIII\n"));
        corrected.EnsureSuccessStatusCode();

        var text = await http.GetStringAsync("/metrics");

        Assert.Matches("""\ndnabart_reads_total{[^\n]*model="m"[^\n]*} 1\n""", text);
        Assert.Matches("""\ndnabart_queue_bases{[^\n]*} 0\n""", text);
        Assert.Matches("""\norleans_app_requests_latency_milliseconds_count{otel_scope_name="Microsoft.Orleans"} [1-9]""", text);
        Assert.Matches("""\norleans_catalog_activations{[^\n]*} [1-9]""", text);
        await Promtool.CheckMetricsAsync(text);
        await server.StopAsync();
    }

    [Fact]
    public async Task AFirstSiloWithoutSlotsListensAndIsNotReady()
    {
        await using var server = await StartAsync();
        using var http = new HttpClient { BaseAddress = server.Addresses.Single() };

        using var live = await http.GetAsync("/v2/health/live");
        using var ready = await http.GetAsync("/v2/health/ready");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), (live.StatusCode, ready.StatusCode));
        await server.StopAsync();
    }

    /// <summary>The first silo of a cluster of its own, whatever else there is on this machine.</summary>
    private static Task<Server> StartAsync(params ImmutableArray<string> slots)
    {
        var port = FreePort.Find();
        return Server.StartAsync(
            new ServerOptions
            {
                Models = Models,
                Url = "http://127.0.0.1:0",
                Devices = ["cpu"],
                Threads = 1,
                Join = builder =>
                {
                    new ClusterSilo(ClusterAddress.Parse("localhost"), slots, null, port, 0).Join(Models)(builder);
                    builder.Services.PostConfigure<DevelopmentClusterMembershipOptions>(options => options.PrimarySiloEndpoint = new IPEndPoint(IPAddress.Loopback, port));
                },
            }, CancellationToken.None);
    }
}
