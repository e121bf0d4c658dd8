using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using DnaBart.Grains;
using DnaBart.Grains.Models;
using DnaBart.Grains.Sweeps;
using DnaBart.IO;
using DnaBart.Serving;
using DnaBart.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;

namespace DnaBart.Silo.Cluster;

/// <summary>Makes a server a silo of a cluster: its HTTP API then serves the cluster's models and sweeps, from whichever silo is asked.</summary>
/// <param name="Slots">The device slots that it announces; none for a silo that only takes requests and coordinates.</param>
/// <param name="Address">The address that other silos reach it at; null for the machine's own.</param>
/// <param name="SiloPort">For other silos; 0 for any free one.</param>
/// <param name="GatewayPort">For Orleans clients; 0 for any free one.</param>
public sealed record ClusterSilo(ClusterAddress Cluster, ImmutableArray<string> Slots, IPAddress? Address, int SiloPort, int GatewayPort)
{
    /// <summary>To be given to <see cref="ServerOptions.Join"/>.</summary>
    /// <param name="models">Loaded where the cluster has none of the name yet.</param>
    public Action<WebApplicationBuilder> Join(IReadOnlyList<ModelFolder> models) => builder =>
    {
        var slots = new DeviceSlots(Slots, TimeProvider.System);
        builder.UseOrleans(silo =>
        {
            Cluster.AddTo(silo, Address, OrFree(SiloPort), OrFree(GatewayPort));
            silo.AddDnaBart(slots);
            silo.Configure<SiloOptions>(options => options.SiloName = $"{Environment.MachineName}-{Environment.ProcessId}");
        });
        builder.Services.AddSingleton<IModelServer>(services =>
        {
            services.GetRequiredService<ServingMeter>().ObserveQueue(() => services.GetRequiredService<SiloReplicas>().All.Select(local =>
                (local.Name.Model, DeviceSlots.DeviceOf(local.Slot), local.Replica?.QueuedBases ?? 0)));
            return services.GetRequiredService<ClusterModelServer>();
        });
        builder.Services.AddSingleton<ISweepServer, ClusterSweepServer>();
        builder.Services.TryAddSingleton<ISweepStorage, NoSweeps>();
        // After the silo, which is added above, and before the web server, which comes last.
        builder.Services.AddHostedService(services => new FirstModels(
            services.GetRequiredService<ClusterModelServer>(), models, slots.Names.Length > 0, services.GetRequiredService<ILogger<FirstModels>>(),
            services.GetRequiredService<TimeProvider>()));
    };

    private static int OrFree(int port)
    {
        if (port != 0)
            return port;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Stands for the storage of sweeps where a silo was given none.</summary>
    private sealed class NoSweeps : ISweepStorage, ITrialRunner
    {
        private static InputException Missing => new("this silo keeps no sweeps: start every silo with --sweeps, a folder that all of them share");

        public void Create(SweepPlan plan) => throw Missing;

        public ITrialRunner Runner(string sweep) => this;

        public Task<TrialOutcome> RunAsync(StartRung rung, Action heartbeat, CancellationToken cancellationToken) => throw Missing;

        public void Discard(string trial) => throw Missing;

        public void Finish(SweepState state) => throw Missing;
    }
}
