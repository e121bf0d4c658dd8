using System.Globalization;
using DnaBart.Client;
using YamlDotNet.RepresentationModel;

namespace DnaBart.Silo.Tests.Kubernetes;

/// <summary>What the files of <c>k8s/</c> say of each other and of the server holds.</summary>
public class ManifestTests
{
    private static readonly IReadOnlyList<Manifest> All = Manifest.ReadAll();

    /// <summary>Whole objects that make pods; a patch of an overlay has no selector or labels of its own.</summary>
    private static IEnumerable<Manifest> Workloads => All.Where(manifest => manifest.PodTemplate?.At("metadata") is not null);

    [Fact]
    public void There_is_what_an_operator_looks_for() =>
        Assert.Superset(
            new HashSet<string>
            {
                "Deployment", "HorizontalPodAutoscaler", "Job", "Namespace", "NetworkPolicy", "PersistentVolumeClaim", "PodDisruptionBudget",
                "PodMonitor", "PrometheusRule", "Service", "StatefulSet",
            },
            All.Select(manifest => manifest.Kind).ToHashSet());

    [Fact]
    public void Every_selector_finds_pods()
    {
        var pods = Workloads.Select(workload => workload.PodTemplate!.At("metadata", "labels").Map()).ToList();

        foreach (var manifest in All)
        {
            foreach (var selector in SelectorsOf(manifest))
            {
                Assert.True(selector.Count > 0, $"{manifest} has an empty selector");
                Assert.True(pods.Any(labels => selector.All(labels.Contains)), $"{manifest} selects {string.Join(", ", selector)}: no pod has that");
            }
        }
    }

    [Fact]
    public void A_workload_selects_its_own_pods()
    {
        foreach (var workload in Workloads.Where(workload => workload.Kind != "Job"))
        {
            Assert.Equal(workload.Root.At("spec", "selector", "matchLabels").Map(), workload.PodTemplate!.At("metadata", "labels").Map());
        }
    }

    [Fact]
    public void Every_port_that_is_named_exists()
    {
        foreach (var manifest in All)
        {
            var named = manifest.Kind switch
            {
                "Service" => manifest.Root.At("spec", "ports").Items().Select(port => port.Text("targetPort")),
                "PodMonitor" => manifest.Root.At("spec", "podMetricsEndpoints").Items().Select(endpoint => endpoint.Text("port")),
                "NetworkPolicy" => manifest.Root.At("spec", "ingress").Items()
                    .SelectMany(rule => rule.At("ports").Items()).Select(port => port.Text("port"))
                    .Where(port => !int.TryParse(port, CultureInfo.InvariantCulture, out _)),
                _ => [],
            };
            var selector = SelectorsOf(manifest).FirstOrDefault() ?? [];
            foreach (var port in named)
            {
                Assert.All(Workloads.Where(workload => selector.All(workload.PodTemplate!.At("metadata", "labels").Map().Contains)),
                    workload => Assert.Contains(port, ContainersOf(workload).SelectMany(PortsOf)));
            }
        }
    }

    [Fact]
    public async Task Every_probe_asks_for_what_the_server_answers()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.NewClient();
        var asked = 0;
        foreach (var container in Workloads.SelectMany(ContainersOf))
        {
            foreach (var probe in new[] { "startupProbe", "livenessProbe", "readinessProbe" }.Select(name => container.At(name)).OfType<YamlNode>())
            {
                if ((probe.At("httpGet") ?? probe.At("tcpSocket")) is { } target)
                    Assert.Contains(target.Text("port"), PortsOf(container));
                if (probe.At("httpGet") is not { } get)
                    continue;
                using var answer = await client.GetAsync(get.Text("path"));
                Assert.True(answer.IsSuccessStatusCode, $"{get.Text("path")} answers {answer.StatusCode}");
                asked++;
            }
        }
        Assert.Equal(3, asked);
        var scraped = All.Single(manifest => manifest.Kind == "PodMonitor").Root.At("spec", "podMetricsEndpoints").Items().Single().Text("path");
        using var metrics = await client.GetAsync(scraped);
        Assert.True(metrics.IsSuccessStatusCode, $"{scraped} answers {metrics.StatusCode}");
    }

    [Fact]
    public void Every_container_is_restricted()
    {
        foreach (var workload in Workloads)
        {
            var pod = workload.PodTemplate!.At("spec")!;
            Assert.Equal("true", pod.Text("securityContext", "runAsNonRoot"));
            Assert.NotEqual("0", pod.Text("securityContext", "runAsUser"));
            Assert.Equal("RuntimeDefault", pod.Text("securityContext", "seccompProfile", "type"));
            Assert.Equal("false", pod.Text("automountServiceAccountToken"));
            foreach (var container in ContainersOf(workload))
            {
                Assert.Equal("false", container.Text("securityContext", "allowPrivilegeEscalation"));
                Assert.Equal("true", container.Text("securityContext", "readOnlyRootFilesystem"));
                Assert.Equal("ALL", Assert.Single(container.At("securityContext", "capabilities", "drop").Items()).ToString());
                Assert.NotEmpty(container.Text("resources", "requests", "memory"));
                Assert.NotEmpty(container.Text("resources", "limits", "memory"));
            }
        }
        var labels = All.Single(manifest => manifest.Kind == "Namespace").Root.At("metadata", "labels").Map();
        Assert.Equal("restricted", labels["pod-security.kubernetes.io/enforce"]);
    }

    [Fact]
    public void Every_mounted_volume_exists()
    {
        foreach (var workload in Workloads)
        {
            var volumes = workload.PodTemplate!.At("spec", "volumes").Items().Select(volume => volume.Text("name"))
                .Concat(workload.Root.At("spec", "volumeClaimTemplates").Items().Select(claim => claim.Text("metadata", "name"))).ToList();
            foreach (var mount in ContainersOf(workload).SelectMany(container => container.At("volumeMounts").Items()))
                Assert.Contains(mount.Text("name"), volumes);
            var claims = workload.PodTemplate!.At("spec", "volumes").Items().Select(volume => volume.At("persistentVolumeClaim", "claimName"));
            foreach (var claim in claims.OfType<YamlNode>())
                Assert.Contains(All, manifest => manifest.Kind == "PersistentVolumeClaim" && manifest.Name == claim.ToString());
        }
    }

    [Fact]
    public void A_disruption_leaves_a_pod_and_the_autoscaler_finds_its_target()
    {
        var scaler = All.Single(manifest => manifest.Kind == "HorizontalPodAutoscaler");
        var budget = All.Single(manifest => manifest.Kind == "PodDisruptionBudget");

        Assert.True(Number(budget.Root, "spec", "maxUnavailable") < Number(scaler.Root, "spec", "minReplicas"));
        Assert.Equal("AlwaysAllow", budget.Root.Text("spec", "unhealthyPodEvictionPolicy"));
        var named = scaler.Root.At("spec", "scaleTargetRef").Map();
        var target = Assert.Single(Workloads, workload => workload.Kind == named["kind"] && workload.Name == named["name"]);
        // Else every apply would undo what the autoscaler did.
        Assert.Null(target.Root.At("spec", "replicas"));
    }

    [Fact]
    public void A_pod_has_the_time_to_drain()
    {
        var pod = Workloads.Single(workload => workload.Name == "dnabart-silo").PodTemplate!.At("spec")!;
        var container = pod.At("containers").Items().Single();
        var readiness = Number(container, "readinessProbe", "periodSeconds") * Number(container, "readinessProbe", "failureThreshold");
        var preStop = Number(container, "lifecycle", "preStop", "sleep", "seconds");

        Assert.True(preStop > readiness);
        Assert.True(Number(pod, "terminationGracePeriodSeconds") > preStop + Interruption.TimeToStop.TotalSeconds);
        Assert.True(Interruption.TimeToStop > new ServerOptions { Models = [], Url = "", Devices = [] }.DrainTime);
    }

    [Fact]
    public void Servers_are_started_with_options_that_exist()
    {
        // A patch of an overlay says nothing of them.
        var silo = All.Where(manifest => manifest.Kind == "Deployment").SelectMany(ContainersOf).Single(container => container.At("args") is not null);
        // As Kubernetes would put them in; the values are those of the ConfigMap.
        var arguments = silo.At("args").Items().Select(argument => argument.ToString());
        var text = Settings().Aggregate(string.Join('\n', arguments), (text, setting) => text.Replace($"$({setting.Key})", setting.Value));
        Assert.DoesNotContain("$(", text);
        AssertParses(text.Split('\n'));
    }

    [Fact]
    public void A_sweep_is_planned_run_and_reported_with_options_that_exist()
    {
        var script = ContainersOf(All.Single(manifest => manifest.Kind == "Job")).Single().At("args").Items().Single().ToString();
        var commands = script.Replace("$((JOB_COMPLETION_INDEX + 1))", "1").Split('\n')
            .Where(line => line.Contains("dnabart ", StringComparison.Ordinal)).ToList();

        var arguments = commands.Select(line => line[(line.IndexOf("dnabart ", StringComparison.Ordinal) + "dnabart ".Length)..].TrimEnd('&', ' ').Split(' ')).ToList();
        Assert.Equal(["sweep plan", "sweep resume", "sweep report"], arguments.Select(line => string.Join(' ', line.Take(2))));
        Assert.All(arguments, AssertParses);
    }

    [Fact]
    public void A_pod_of_a_sweep_that_is_evicted_has_not_failed()
    {
        var job = All.Single(manifest => manifest.Kind == "Job").Root;

        var rule = job.At("spec", "podFailurePolicy", "rules").Items().Single();
        Assert.Equal(("Ignore", "DisruptionTarget"), (rule.Text("action"), rule.At("onPodConditions").Items().Single().Text("type")));
        Assert.Equal("Never", job.Text("spec", "template", "spec", "restartPolicy"));
    }

    private static void AssertParses(string[] arguments) => Assert.Null(Usage.ErrorOf(CommandLineRoot.Create().Parse(arguments)));

    private static Dictionary<string, string> Settings() =>
        Manifest.Read(Path.Combine(Manifest.Folder, "base", "kustomization.yaml")).Single().At("configMapGenerator").Items()
            .Single(map => map.Text("name") == "dnabart-serve").At("literals").Items()
            .Select(literal => literal.ToString().Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    private static IEnumerable<Dictionary<string, string>> SelectorsOf(Manifest manifest)
    {
        IEnumerable<YamlNode?> selectors = manifest.Kind switch
        {
            "Service" => [manifest.Root.At("spec", "selector")],
            "PodDisruptionBudget" or "PodMonitor" => [manifest.Root.At("spec", "selector", "matchLabels")],
            // {} is every pod, on purpose.
            "NetworkPolicy" when manifest.Root.At("spec", "podSelector", "matchLabels") is { } labels =>
                [labels, .. manifest.Root.At("spec", "ingress").Items().SelectMany(rule => rule.At("from").Items())
                    .Select(from => from.At("podSelector", "matchLabels")).OfType<YamlNode>()],
            _ => [],
        };
        return selectors.Select(selector => selector.Map());
    }

    private static IEnumerable<YamlNode> ContainersOf(Manifest workload) => workload.PodTemplate!.At("spec", "containers").Items();

    private static IEnumerable<string> PortsOf(YamlNode container) => container.At("ports").Items().Select(port => port.Text("name"));

    private static int Number(YamlNode node, params ReadOnlySpan<string> keys) => int.Parse(node.Text(keys), CultureInfo.InvariantCulture);
}
