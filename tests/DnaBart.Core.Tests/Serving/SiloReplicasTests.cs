using DnaBart.Correction;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Serving;

namespace DnaBart.Core.Tests.Serving;

/// <summary>Replicas of one silo: loads that hang, and calls that stray.</summary>
public class SiloReplicasTests
{
    private static readonly ReplicaName Name = new("m", 1, 0);

    private readonly Loader loader = new();
    private readonly DeviceSlots slots = new(["a", "b"], TimeProvider.System);

    private sealed class Loader : IReplicaLoader
    {
        public Dictionary<string, TaskCompletionSource<IModelReplica>> Loads { get; } = [];

        public Task<IModelReplica> LoadAsync(string model, string folder, string device, CancellationToken cancellation) =>
            (Loads[$"{model} on {device}"] = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    private sealed class Replica : IModelReplica
    {
        public TaskCompletionSource Freed { get; } = new();

        public ModelKind Kind => ModelKind.Correction;

        public IReadOnlyList<string> Labels => [];

        public string Device => "";

        public long QueuedBases => 0;

        public Task<CorrectedRead[]> CorrectAsync(IReadOnlyList<Read> reads, RequestTerms terms, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<double[][]> ClassifyAsync(IReadOnlyList<byte[]> sequences, RequestTerms terms, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask DisposeAsync()
        {
            Freed.SetResult();
            return default;
        }
    }

    [Fact]
    public async Task ALoadThatHangsIsGivenUpAndWhatItBringsInTheEndIsFreed()
    {
        var replicas = new SiloReplicas(slots, loader, new HurriedTime());

        var problem = await Assert.ThrowsAsync<InputException>(() => replicas.StartAsync(Name, "/nfs/m", default).WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Contains("/nfs/m: not loaded within 5 minutes", problem.Message);
        Assert.Empty(replicas.All);
        Assert.All(slots.Status(), slot => Assert.Empty(slot.Holders));
        var late = new Replica();
        loader.Loads["m on a"].SetResult(late);
        await late.Freed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Empty(replicas.All);
    }

    [Fact]
    public async Task ACallThatStraysFreesNoSlotOfAReplicaThatIsHere()
    {
        var replicas = new SiloReplicas(slots, loader, TimeProvider.System);
        slots.Reserve($"{Name}", Name.Group, DateTimeOffset.MaxValue);
        var loading = replicas.StartAsync(Name, "/m", default);

        Assert.Throws<ServingException>(() => replicas.Find(Name));
        Assert.False(replicas.ReleaseAbsent(Name));
        Assert.Equal([$"{Name}"], slots.Status().SelectMany(slot => slot.Holders).Select(holder => holder.Holder));

        loader.Loads["m on a"].SetResult(new Replica());
        await loading;
        Assert.False(replicas.ReleaseAbsent(Name));
        Assert.NotNull(replicas.Find(Name));

        var gone = Name with { Number = 1 };
        slots.Reserve($"{gone}", gone.Group, DateTimeOffset.MaxValue);
        Assert.True(replicas.ReleaseAbsent(gone));
        Assert.Equal([$"{Name}"], slots.Status().SelectMany(slot => slot.Holders).Select(holder => holder.Holder));
    }
}
