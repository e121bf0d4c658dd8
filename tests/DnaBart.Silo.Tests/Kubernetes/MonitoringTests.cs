using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using DnaBart.Fixtures;
using DnaBart.Serving;
using DnaBart.Silo.Metrics;
using DnaBart.Silo.Tests.Metrics;
using Microsoft.Extensions.DependencyInjection;
using YamlDotNet.RepresentationModel;

namespace DnaBart.Silo.Tests.Kubernetes;

/// <summary>Every metric that a rule, a panel or the autoscaler asks for is one that the server shows.</summary>
public class MonitoringTests
{
    private static readonly string Dashboard = Path.Combine(Manifest.Folder, "components", "monitoring", "dashboard.json");

    [Fact]
    public async Task Every_metric_that_is_asked_for_exists()
    {
        var shown = await ShownAsync();
        var rules = Rules().ToList();
        var recorded = rules.Select(rule => rule.At("record")?.ToString()).OfType<string>().ToList();
        var queries = rules.Select(rule => rule.Text("expr")).Concat(Queries()).ToList();
        Assert.True(queries.Count > 20);

        Assert.All(queries, query =>
        {
            var asked = PromQl.MetricsOf(query);
            Assert.NotEmpty(asked);
            // `up` is Prometheus' own.
            Assert.All(asked, name => Assert.True(name == "up" || shown.Contains(name) || recorded.Contains(name), $"no metric {name}: {query}"));
        });
        var scaler = Manifest.ReadAll().Single(manifest => manifest.Kind == "HorizontalPodAutoscaler");
        Assert.Contains(scaler.Root.At("spec", "metrics").Items().Single().Text("pods", "metric", "name"), shown);
    }

    [SkippableFact]
    public async Task Promtool_accepts_the_rules()
    {
        using var folder = new TemporaryFolder();
        var spec = Manifest.ReadAll().Single(manifest => manifest.Kind == "PrometheusRule").Root.At("spec")!;
        using (var file = File.CreateText(folder["rules.yaml"]))
            new YamlStream(new YamlDocument(spec)).Save(file, assignAnchors: false);

        await Promtool.CheckRulesAsync(folder["rules.yaml"]);
    }

    [Fact]
    public void Panels_have_ids_of_their_own_and_do_not_overlap()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Dashboard));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();

        Assert.Distinct(panels.Select(panel => panel.GetProperty("id").GetInt32()));
        var cells = panels.Select(panel => panel.GetProperty("gridPos")).SelectMany(place =>
            from x in Enumerable.Range(place.GetProperty("x").GetInt32(), place.GetProperty("w").GetInt32())
            from y in Enumerable.Range(place.GetProperty("y").GetInt32(), place.GetProperty("h").GetInt32())
            select (x, y)).ToList();
        Assert.Distinct(cells);
        Assert.All(cells, cell => Assert.InRange(cell.x, 0, 23));
    }

    private static IEnumerable<YamlNode> Rules() => Manifest.ReadAll().Single(manifest => manifest.Kind == "PrometheusRule")
        .Root.At("spec", "groups").Items().SelectMany(group => group.At("rules").Items());

    private static IEnumerable<string> Queries()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Dashboard));
        return [
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(panel => panel.TryGetProperty("targets", out _))
                .SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!),
            .. dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray()
                .Where(variable => variable.GetProperty("type").GetString() == "query")
                .Select(variable => variable.GetProperty("query").GetString()!)];
    }

    /// <summary>What a server that has corrected a read shows, and what ours would show with a GPU or after a classification.</summary>
    private static async Task<HashSet<string>> ShownAsync()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.NewClient();
        await client.CorrectOneReadAsync();
        var text = await client.GetStringAsync("/metrics");
        return [.. Regex.Matches(text, "^([a-z_]+){", RegexOptions.Multiline).Select(match => match.Groups[1].Value), .. Declared()];
    }

    private static List<string> Declared()
    {
        var names = new List<string>();
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var meter = new ServingMeter(services.GetRequiredService<IMeterFactory>());
        meter.ObserveQueue(() => []);
        meter.ObserveEngine(() => 0, () => []);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            var isCounter = instrument is Counter<long>;
            if (instrument.Meter.Name == ServingMeter.Name)
                names.Add(PrometheusName.OfMetric(instrument.Name, instrument.Unit ?? "", isCounter, isGauge: instrument.IsObservable));
        };
        listener.Start();
        return names;
    }
}
