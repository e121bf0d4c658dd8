using System.Runtime.CompilerServices;
using DnaBart.Grains;
using DnaBart.Grains.Models;
using DnaBart.Grains.Sweeps;
using DnaBart.Serving;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace DnaBart.Cluster.Tests;

/// <summary>Silos in this process with fake models and trainings.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster cluster;
    private string slots;

    /// <param name="slots">Slots of each silo.</param>
    /// <param name="sweeps">What all silos share of sweeps; null where a test has none.</param>
    public TestCluster(short silos, string slots, FakeSweeps? sweeps = null)
    {
        this.slots = slots;
        var builder = new InProcessTestClusterBuilder(silos);
        builder.Options.ConfigureFileLogging = false;
        SetUseTestClusterGrainDirectory(builder.Options, false);
        builder.ConfigureSilo((_, silo) =>
        {
            Memory.AddTo(silo);
            silo.AddDnaBart(new DeviceSlots(DeviceSlots.Parse(this.slots), TimeProvider.System));
            silo.Services.AddSingleton<FakeLoader>().AddSingleton<IReplicaLoader>(services => services.GetRequiredService<FakeLoader>());
            if (sweeps is not null)
                silo.Services.AddSingleton(sweeps.OfNextSilo());
        });
        cluster = builder.Build();
    }

    public SharedMemory Memory { get; } = new();

    /// <summary>What an external client has.</summary>
    public IGrainFactory Grains => cluster.Client;

    public ClusterModelServer Models { get; private set; } = null!;

    public ClusterSweepServer Sweeps { get; private set; } = null!;

    public IReadOnlyList<InProcessSiloHandle> Silos => cluster.Silos;

    public async Task<TestCluster> StartAsync()
    {
        await cluster.DeployAsync();
        Models = new ClusterModelServer(Grains, TimeProvider.System);
        Sweeps = new ClusterSweepServer(Grains);
        return this;
    }

    public FakeLoader Loader(InProcessSiloHandle silo) => cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<FakeLoader>();

    /// <summary>The server of models that a silo's HTTP API has.</summary>
    public ClusterModelServer Server(InProcessSiloHandle silo) => cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<ClusterModelServer>();

    public DeviceSlots Slots(InProcessSiloHandle silo) => cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<DeviceSlots>();

    public Task KillAsync(InProcessSiloHandle silo) => cluster.KillSiloAsync(silo);

    public Task StopAsync(InProcessSiloHandle silo) => cluster.StopSiloAsync(silo);

    public Task<InProcessSiloHandle> AddSiloAsync(string? otherSlots = null)
    {
        slots = otherSlots ?? slots;
        return cluster.StartAdditionalSiloAsync();
    }

    public Task<ClusterReport> ReportAsync() => Grains.GetGrain<IClusterGrain>(0).ReportAsync();

    /// <summary>Ends a grain's activation: the next call of it finds a new one, which knows what is in storage.</summary>
    public async Task ForgetAsync(IAddressable grain) => await grain.Cast<IGrainManagementExtension>().DeactivateOnIdle();

    /// <summary>The silo that a grain is on.</summary>
    public async Task<InProcessSiloHandle> HolderAsync(IAddressable grain)
    {
        var address = await Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grain);
        return Silos.Single(silo => silo.SiloAddress.Equals(address));
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    /// <summary>The silos have the grain directory that they have in production, not one of the tests' that outlives them. It takes no public option.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_UseTestClusterGrainDirectory")]
    private static extern void SetUseTestClusterGrainDirectory(InProcessTestClusterOptions options, bool value);
}
