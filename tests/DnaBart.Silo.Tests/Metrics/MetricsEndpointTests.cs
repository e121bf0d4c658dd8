using System.Text.RegularExpressions;

namespace DnaBart.Silo.Tests.Metrics;

public class MetricsEndpointTests
{
    [SkippableFact]
    public async Task What_was_done_shows_and_promtool_finds_nothing_wrong()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.NewClient();
        await client.CorrectOneReadAsync();

        using var answer = await client.GetAsync("/metrics");
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Matches("""\ndnabart_reads_total{[^\n]*model="sars-cov-2"[^\n]*} [1-9]""", text);
        Assert.Matches("""\ndnabart_requests_total{[^\n]*model="sars-cov-2",[^\n]*outcome="ok"[^\n]*} [1-9]""", text);
        Assert.Matches("""\ndnabart_queue_bases{[^\n]*} [0-9]""", text);
        Assert.Matches("""\ndnabart_queue_wait_seconds_bucket{[^\n]*,le="\+Inf"} [1-9]""", text);
        Assert.Contains("\nhttp_server_request_duration_seconds_count{", text);
        Assert.Contains("\nkestrel_active_connections{", text);
        Assert.Contains("\ndotnet_gc_collections_total{", text);
        var names = Regex.Matches(text, "^# TYPE (.*) .*$", RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(names.Distinct(), names);

        await Promtool.CheckMetricsAsync(text);
    }

    [SkippableFact]
    public async Task Prometheus_scrapes_it()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.NewClient();
        await client.CorrectOneReadAsync();
        await using var prometheus = await PrometheusServer.StartAsync(server.Addresses.Single());

        await prometheus.WaitForAsync("""up{job="dnabart"} == 1""");
        await prometheus.WaitForAsync("""dnabart_reads_total{job="dnabart", model="sars-cov-2"} >= 1""");
        await prometheus.WaitForAsync("""histogram_quantile(0.5, sum by (le) (dnabart_compute_duration_seconds_bucket)) > 0""");
    }
}
