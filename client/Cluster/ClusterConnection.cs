using DnaBart.Grains;
using DnaBart.Grains.Models;
using DnaBart.Grains.Sweeps;
using DnaBart.IO;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DnaBart.Client.Cluster;

/// <summary>This process as an Orleans client of a cluster.</summary>
internal sealed class ClusterConnection : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IHost host;

    private ClusterConnection(IHost host)
    {
        this.host = host;
        Grains = host.Services.GetRequiredService<IClusterClient>();
        Models = new ClusterModelServer(Grains, TimeProvider.System);
        Sweeps = new ClusterSweepServer(Grains);
    }

    public IGrainFactory Grains { get; }

    public ClusterModelServer Models { get; }

    public ClusterSweepServer Sweeps { get; }

    /// <exception cref="InputException">No silo answers there.</exception>
    public static async Task<ClusterConnection> OpenAsync(string cluster, CancellationToken cancellation)
    {
        var address = ClusterAddress.Parse(cluster);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.UseOrleansClient(address.AddTo);
        var host = builder.Build();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            await host.StartAsync(patience.Token);
            return new ClusterConnection(host);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            host.Dispose();
            var why = patience.IsCancellationRequested ? $"none answered within {Patience.TotalSeconds:F0} s" : e.GetBaseException().Message.Split('\n')[0];
            throw new InputException($"--cluster {cluster}: no silo could be reached ({why}); is one running?", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
