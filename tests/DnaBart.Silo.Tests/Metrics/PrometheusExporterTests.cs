using System.Diagnostics.Metrics;
using DnaBart.Silo.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace DnaBart.Silo.Tests.Metrics;

public sealed class PrometheusExporterTests : IDisposable
{
    // A name of its own: meters are found by name across the whole process.
    private readonly Meter meter = new($"test.{Guid.NewGuid():N}", "1.2");
    private readonly PrometheusExporter exporter = new(NullLogger<PrometheusExporter>.Instance);
    private readonly MeterProvider provider;

    public PrometheusExporterTests() => provider = Sdk.CreateMeterProviderBuilder()
        .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddAttributes([new("service.name", "test")]))
        .AddMeter(meter.Name)
        .AddReader(new BaseExportingMetricReader(exporter))
        .Build();

    private string Scope => $"otel_scope_name=\"{meter.Name}\",otel_scope_version=\"1.2\"";

    public void Dispose()
    {
        provider.Dispose();
        meter.Dispose();
    }

    [Fact]
    public void A_counter_keeps_counting_from_scrape_to_scrape()
    {
        var counter = meter.CreateCounter<long>("reads", "{read}", "Reads \\ corrected\nso far");

        counter.Add(2, new KeyValuePair<string, object?>("model", "a\"b\\c\nd"));
        exporter.Scrape();
        counter.Add(3, new KeyValuePair<string, object?>("model", "a\"b\\c\nd"));

        Assert.Equal(
            $$"""
            # HELP target_info What the metrics are about
            # TYPE target_info gauge
            target_info{service_name="test"} 1
            # HELP reads_total Reads \\ corrected\nso far
            # TYPE reads_total counter
            reads_total{model="a\"b\\c\nd",{{Scope}}} 5

            """, exporter.Scrape());
    }

    [Fact]
    public void A_histogram_counts_up_to_each_bound()
    {
        var wait = meter.CreateHistogram("wait", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] });
        foreach (var seconds in new[] { 0.25, 0.5, 0.75, 8 })
            wait.Record(seconds);

        Assert.EndsWith(
            $$"""
            # TYPE wait_seconds histogram
            wait_seconds_bucket{{{Scope}},le="0.5"} 2
            wait_seconds_bucket{{{Scope}},le="1"} 3
            wait_seconds_bucket{{{Scope}},le="+Inf"} 4
            wait_seconds_sum{{{Scope}}} 9.5
            wait_seconds_count{{{Scope}}} 4

            """.Replace("{{{Scope}}}", $"{{{Scope}}}"), exporter.Scrape());
    }

    [Fact]
    public void What_goes_up_and_down_is_a_gauge()
    {
        meter.CreateUpDownCounter<long>("queue").Add(-3);
        meter.CreateObservableGauge("odds", () => double.NegativeInfinity);

        var text = exporter.Scrape();

        Assert.Contains($"# TYPE queue gauge\nqueue{{{Scope}}} -3\n", text);
        Assert.Contains($"# TYPE odds gauge\nodds{{{Scope}}} -Inf\n", text);
    }

    [Fact]
    public void Labels_of_one_name_are_joined_in_the_order_of_their_keys()
    {
        meter.CreateCounter<long>("hits").Add(1, new("a_b", true), new("a.b", 2.5), new("a-b", null));

        Assert.Contains("hits_total{a_b=\";2.5;true\",", exporter.Scrape());
    }

    [Fact]
    public void Metrics_of_one_name_share_their_head_and_those_of_another_type_are_left_out()
    {
        using var other = new Meter(meter.Name, "2");
        meter.CreateCounter<long>("a.b", description: "first").Add(1);
        other.CreateCounter<long>("a-b", description: "second").Add(2);
        meter.CreateUpDownCounter<long>("a.b.total").Add(7);

        var text = exporter.Scrape();

        Assert.Equal(1, Count("# HELP a_b_total first\n# TYPE a_b_total counter\n"));
        Assert.Equal(1, Count("# TYPE a_b_total "));
        Assert.Equal(2, Count("\na_b_total{"));
        Assert.DoesNotContain("} 7", text);

        int Count(string part) => text.Split(part).Length - 1;
    }

    [Fact]
    public async Task Scrapes_at_one_time_are_each_whole()
    {
        var counter = meter.CreateCounter<long>("steps");
        for (var label = 0; label < 200; label++)
            counter.Add(1, new KeyValuePair<string, object?>("label", label));

        var texts = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(exporter.Scrape)));

        Assert.All(texts, text => Assert.Equal(texts[0], text));
        Assert.Equal(200, texts[0].Split("\nsteps_total{").Length - 1);
    }

    [SkippableFact]
    public async Task Promtool_finds_nothing_wrong()
    {
        meter.CreateCounter<long>("reads", "{read}", "Reads").Add(1, new KeyValuePair<string, object?>("model", "ü\"\\\n"));
        meter.CreateHistogram<double>("wait", "s", "Wait").Record(1e-9);
        meter.CreateObservableGauge("share", () => double.NaN, "1", "Share");

        await Promtool.CheckMetricsAsync(exporter.Scrape());
    }
}
