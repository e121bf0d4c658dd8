using System.Diagnostics;
using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace DnaBart.Silo.Tests.Kubernetes;

/// <summary>What kustomize makes of <c>k8s/</c>; skipped, by name, where <c>kubectl</c> is absent.</summary>
public class KustomizeTests
{
    [SkippableTheory]
    [InlineData("overlays/cpu", "Deployment", "cpu", null)]
    [InlineData("overlays/gpu", "Deployment", "cuda:0", "1")]
    public async Task An_overlay_serves_on_its_device(string folder, string kind, string device, string? gpus)
    {
        var objects = await BuildAsync(folder);

        Assert.All(objects.Where(made => made.Text("kind") != "Namespace"), made => Assert.Equal("dnabart", made.Text("metadata", "namespace")));
        var container = objects.Single(made => made.Text("kind") == kind).At("spec", "template", "spec", "containers").Items().Single();
        Assert.Contains("--device=$(DEVICE)", container.At("args").Items().Select(argument => argument.ToString()));
        Assert.Equal(gpus, container.At("resources", "limits", "nvidia.com/gpu")?.ToString());
        Assert.NotEqual("dnabart", container.Text("image"));
        Assert.Equal("true", container.Text("securityContext", "readOnlyRootFilesystem"));
        // The name that kustomize gave the settings is the one that the pod asks for.
        var settings = container.At("envFrom").Items().Single().Text("configMapRef", "name");
        var map = Assert.Single(objects, made => made.Text("kind") == "ConfigMap" && made.Text("metadata", "name") == settings);
        Assert.Equal(device, map.Text("data", "DEVICE"));
        Assert.NotEmpty(map.Text("data", "MODEL"));
    }

    [SkippableTheory]
    [InlineData("postgresql", "StatefulSet")]
    [InlineData("sweep", "Job")]
    public async Task A_part_builds_by_itself(string folder, string kind)
    {
        var made = Assert.Single(await BuildAsync(folder), made => made.Text("kind") == kind);
        Assert.All(made.At("spec", "template", "spec", "containers").Items(), container => Assert.NotEqual("dnabart", container.Text("image")));
    }

    [SkippableFact]
    public async Task The_cluster_overlay_joins_silos_over_its_database()
    {
        var objects = await BuildAsync("overlays/cluster");

        var silo = objects.Single(made => made.Text("kind") == "Deployment").At("spec", "template", "spec", "containers").Items().Single();
        var address = silo.At("args").Items().Select(argument => argument.ToString()).Single(argument => argument.StartsWith("--cluster=", StringComparison.Ordinal));
        var database = new Uri(address["--cluster=".Length..]);
        var service = objects.Single(made => made.Text("kind") == "Service" && made.Text("metadata", "name") == database.Host);
        Assert.Equal($"{database.Port}", service.At("spec", "ports").Items().Single().Text("port"));

        var password = silo.At("env").Items().Single(variable => variable.Text("name") == "PGPASSWORD").At("valueFrom", "secretKeyRef")!;
        var server = objects.Single(made => made.Text("kind") == "StatefulSet").At("spec", "template", "spec", "containers").Items().Single();
        Assert.Equal(password, server.At("env").Items().Single(variable => variable.Text("name") == "POSTGRES_PASSWORD").At("valueFrom", "secretKeyRef"));

        var policy = objects.Single(made => made.Text("kind") == "NetworkPolicy" && made.Text("metadata", "name") == "dnabart-silo-cluster");
        var open = policy.At("spec", "ingress").Items().SelectMany(rule => rule.At("ports").Items()).Select(port => port.Text("port")).Order();
        var ports = silo.At("ports").Items().Where(port => port.Text("name") != "http").Select(port => port.Text("containerPort")).Order();
        Assert.Equal(ports, open);
    }

    [SkippableFact]
    public async Task A_silo_of_the_cluster_has_room_for_a_training_beside_its_models()
    {
        static IEnumerable<int> Memory(IEnumerable<YamlNode> objects, string kind)
        {
            var resources = objects.Single(made => made.Text("kind") == kind).At("spec", "template", "spec", "containers").Items().Single().At("resources")!;
            return new[] { "requests", "limits" }.Select(amount => int.Parse(resources.Text(amount, "memory").Replace("Gi", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
        }

        var (serving, training) = (Memory(await BuildAsync("overlays/cpu"), "Deployment"), Memory(await BuildAsync("sweep"), "Job"));

        Assert.Equal(serving.Zip(training, (models, sweep) => models + sweep), Memory(await BuildAsync("overlays/cluster"), "Deployment"));
    }

    private static async Task<IReadOnlyList<YamlNode>> BuildAsync(string folder)
    {
        using var process = Process.Start(new ProcessStartInfo(InstalledProgram.Require("kubectl", "kubernetes-client"),
            ["kustomize", Path.Combine(Manifest.Folder, folder)]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return [.. Manifest.Parse(await output)];
    }
}
