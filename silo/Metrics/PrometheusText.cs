using System.Globalization;
using System.Text;
using System.Text.Json;
using OpenTelemetry.Metrics;

namespace DnaBart.Silo.Metrics;

/// <summary>Writes metrics in Prometheus' text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).</summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new();

    public override string ToString() => text.ToString();

    /// <summary>What the metrics are about, as the metric <c>target_info</c>.</summary>
    public void WriteTarget(IEnumerable<KeyValuePair<string, object>> attributes)
    {
        var labels = Labels(attributes.Select(attribute => KeyValuePair.Create(attribute.Key, (object?)attribute.Value)));
        if (labels.Length == 0)
            return;
        WriteHead("target_info", "gauge", "What the metrics are about");
        WriteSample("target_info", labels, "1");
    }

    /// <summary>Writes the metrics that go by one name: all of one type, under one HELP and one TYPE line.</summary>
    public void WriteFamily(string name, string type, IReadOnlyList<Metric> metrics)
    {
        WriteHead(name, type, metrics.Select(metric => metric.Description).FirstOrDefault(description => description.Length > 0) ?? "");
        foreach (var metric in metrics)
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
                WritePoint(name, metric, in point);
        }
    }

    /// <summary>The type of Prometheus, or null for one that its text format cannot say (exponential histograms).</summary>
    public static string? TypeOf(Metric metric) => metric.MetricType switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.LongGauge or MetricType.DoubleGauge or MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => "gauge",
        MetricType.Histogram => "histogram",
        _ => null,
    };

    private void WritePoint(string name, Metric metric, ref readonly MetricPoint point)
    {
        var tags = new List<KeyValuePair<string, object?>> { new("otel_scope_name", metric.MeterName) };
        if (metric.MeterVersion.Length > 0)
            tags.Add(new("otel_scope_version", metric.MeterVersion));
        foreach (var tag in point.Tags)
            tags.Add(tag);
        var labels = Labels(tags);
        switch (metric.MetricType)
        {
            case MetricType.Histogram:
                WriteHistogram(name, labels, in point);
                break;
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                WriteSample(name, labels, Number(point.GetSumLong()));
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                WriteSample(name, labels, Number(point.GetSumDouble()));
                break;
            case MetricType.LongGauge:
                WriteSample(name, labels, Number(point.GetGaugeLastValueLong()));
                break;
            case MetricType.DoubleGauge:
                WriteSample(name, labels, Number(point.GetGaugeLastValueDouble()));
                break;
        }
    }

    private void WriteHistogram(string name, string labels, ref readonly MetricPoint point)
    {
        var count = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            // Prometheus counts all observations up to a bound, OpenTelemetry those since the bound before.
            count += bucket.BucketCount;
            WriteSample($"{name}_bucket", $"{labels},le=\"{Number(bucket.ExplicitBound)}\"", Number(count));
        }
        WriteSample($"{name}_sum", labels, Number(point.GetHistogramSum()));
        WriteSample($"{name}_count", labels, Number(count));
    }

    private void WriteHead(string name, string type, string help)
    {
        if (help.Length > 0)
            text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace(@"\", @"\\").Replace("\n", @"\n")).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    private void WriteSample(string name, string labels, string value) =>
        text.Append(name).Append('{').Append(labels).Append("} ").Append(value).Append('\n');

    /// <summary>Labels, comma-separated. Keys that become one name have their values joined, in the order of the keys.</summary>
    private static string Labels(IEnumerable<KeyValuePair<string, object?>> tags) => string.Join(',', tags
        .OrderBy(tag => tag.Key, StringComparer.Ordinal)
        .GroupBy(tag => PrometheusName.OfLabel(tag.Key), tag => AttributeText(tag.Value))
        .Select(label => $"{label.Key}=\"{Escaped(string.Join(';', label))}\""));

    private static string AttributeText(object? value) => value switch
    {
        null => "",
        string words => words,
        bool or Array => JsonSerializer.Serialize(value, value.GetType()),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Escaped(string value) => value.Replace(@"\", @"\\").Replace("\"", "\\\"").Replace("\n", @"\n");

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
