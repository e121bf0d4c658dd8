using DnaBart.Finetuning;
using DnaBart.Fixtures;
using DnaBart.IO;

namespace DnaBart.Core.Tests.Finetuning;

public sealed class SweepFolderTests : IDisposable
{
    private const string Trial = "tf/3/quick/1";

    private readonly TemporaryFolder folder = new();
    private readonly SweepFolder sweep;
    private readonly string checkpoints;

    public SweepFolderTests()
    {
        sweep = new SweepFolder(folder.Path);
        checkpoints = FinetuningResult.TrainingFolder(sweep.ResultOf(Trial));
        Directory.CreateDirectory(Path.Combine(checkpoints, "checkpoints", "step-00000001"));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void CheckpointsThatAProcessTrainsOnStay()
    {
        using (sweep.Lock(Trial, TimeSpan.Zero))
            Assert.Contains($"{Trial}: another process trains it", Assert.Throws<InputException>(() => sweep.DeleteCheckpoints(Trial, TimeSpan.Zero)).Message);
        Assert.True(Directory.Exists(checkpoints));

        sweep.DeleteCheckpoints(Trial, TimeSpan.Zero);
        Assert.False(Directory.Exists(checkpoints));
        sweep.DeleteCheckpoints(Trial, TimeSpan.Zero);
    }

    [Fact]
    public async Task APatientOneWaitsForTheProcessToEndUnlessCancelled()
    {
        var held = sweep.Lock(Trial, TimeSpan.Zero);
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.Throws<OperationCanceledException>(() => sweep.Lock(Trial, TimeSpan.FromMinutes(1), cancelled.Token));

        var deleting = Task.Run(() => sweep.DeleteCheckpoints(Trial, TimeSpan.FromMinutes(1)));
        await Task.Delay(100);
        Assert.False(deleting.IsCompleted);
        held.Dispose();
        await deleting;
        Assert.False(Directory.Exists(checkpoints));
    }
}
