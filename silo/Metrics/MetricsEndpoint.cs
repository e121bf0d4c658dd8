using System.Collections;
using DnaBart.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace DnaBart.Silo.Metrics;

/// <summary>What the server measures, and how it is read: Prometheus scrapes <c>/metrics</c>; where OpenTelemetry's standard variable
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set, everything goes there as well.</summary>
internal static class MetricsEndpoint
{
    public const string Path = "/metrics";

    /// <summary>The meters that are read: our own, Orleans', the web server's and the runtime's.</summary>
    private static readonly string[] Meters =
        [ServingMeter.Name, "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    // The exporter does not know the variable that names an endpoint of metrics alone.
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddMetricsExport(this IHostApplicationBuilder builder)
    {
        // OpenTelemetry takes its standard variables from the configuration.
        builder.Configuration.AddInMemoryCollection(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value))
            .Where(variable => variable.Key.StartsWith("OTEL_", StringComparison.Ordinal)));
        builder.Services.AddSingleton<PrometheusExporter>();
        builder.Services.AddOpenTelemetry()
            // The variables OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word.
            .ConfigureResource(resource => resource.AddService("dnabart").AddEnvironmentVariableDetector())
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Meters).AddReader(provider => new BaseExportingMetricReader(provider.GetRequiredService<PrometheusExporter>()));
                if (!string.IsNullOrEmpty(builder.Configuration[OtlpEndpoint]))
                    metrics.AddOtlpExporter();
            });
    }

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Path, (PrometheusExporter exporter) => TypedResults.Text(exporter.Scrape(), PrometheusText.ContentType))
        .WithSummary("What the server measures, for Prometheus");
}
