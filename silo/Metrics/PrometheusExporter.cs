using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace DnaBart.Silo.Metrics;

/// <summary>Answers a scrape with what all meters show at that moment. Counters and histograms are cumulative, so that any number of
/// scrapers see the same; scrapes at one time wait for each other.</summary>
/// <remarks>OpenTelemetry's own exporter for Prometheus is a prerelease that not every package feed has; this does what the
/// server needs of it.</remarks>
[ExportModes(ExportModes.Pull)]
internal sealed partial class PrometheusExporter(ILogger<PrometheusExporter> logger) : BaseExporter<Metric>, IPullMetricExporter
{
    private readonly Lock scraping = new();
    private readonly HashSet<string> conflicts = [];
    private string scraped = "";

    /// <summary>Set by the reader that this exporter is given to.</summary>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>All metrics, in Prometheus' text format.</summary>
    public string Scrape()
    {
        lock (scraping)
        {
            if (Collect is not { } collect || !collect(Timeout.Infinite))
                throw new InvalidOperationException("the meters could not be read");
            return scraped;
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var families = new Dictionary<string, (string Type, List<Metric> Metrics)>(StringComparer.Ordinal);
        foreach (var metric in batch)
        {
            if (PrometheusText.TypeOf(metric) is not { } type)
                continue;
            var name = PrometheusName.OfMetric(metric.Name, metric.Unit, type == "counter", type == "gauge");
            if (families.TryGetValue(name, out var family))
            {
                // A name has one type in Prometheus, or the whole scrape is refused.
                if (family.Type == type)
                    family.Metrics.Add(metric);
                else if (conflicts.Add($"{metric.MeterName}/{metric.Name}"))
                    LogConflict(metric.MeterName, metric.Name, name, family.Type, type);
            }
            else
            {
                families.Add(name, (type, [metric]));
            }
        }

        var text = new PrometheusText();
        text.WriteTarget(ParentProvider.GetResource().Attributes);
        foreach (var (name, (type, metrics)) in families)
            text.WriteFamily(name, type, metrics);
        scraped = text.ToString();
        return ExportResult.Success;
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Metric {Meter}/{Metric} is left out: {Name} is a {OtherType} of another meter already, and this is a {Type}")]
    private partial void LogConflict(string meter, string metric, string name, string otherType, string type);
}
