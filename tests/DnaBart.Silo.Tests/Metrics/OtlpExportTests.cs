using DnaBart.Fixtures;
using DnaBart.Serving;

namespace DnaBart.Silo.Tests.Metrics;

public class OtlpExportTests
{
    private static readonly string Client = Path.Combine(AppContext.BaseDirectory, "DnaBart.Client.dll");

    [Fact]
    public async Task Where_a_collector_is_named_it_is_sent_what_the_server_measures()
    {
        await using var collector = await OtlpCollector.StartAsync();
        using var server = new ServerProcess(
            Client,
            new Dictionary<string, string?>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
                ["OTEL_SERVICE_NAME"] = "corrector",
            },
            "--model", SampleReads.ModelFolder, "--device", "cpu", "--threads", "1");
        await server.Http.CorrectOneReadAsync();

        foreach (var (meter, metric) in new[] { (ServingMeter.Name, "dnabart.reads"), (ServingMeter.Name, "dnabart.queue.wait"), ("System.Runtime", "dotnet.gc.collections") })
            await Waiting.UntilAsync(() => Task.FromResult(collector.Received.Contains(("corrector", meter, metric))), metric);
        // What is scraped is what is sent.
        Assert.Contains("service_name=\"corrector\"", await server.Http.GetStringAsync("/metrics"));
    }
}
