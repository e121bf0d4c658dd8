using System.Text.Json.Nodes;
using DnaBart.Finetuning;
using DnaBart.Fixtures;
using DnaBart.Gue;
using DnaBart.IO;
using DnaBart.Sweeps;

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

    [Fact]
    public void AReportSaysThatEarlyStoppingChoseAmongSeeds()
    {
        var state = Complete(seeds: 3);
        var report = Report(state with { Trials = state.Trials.SetItem(1, state.Trials[1] with { Status = TrialStatus.Stopped }) });
        Assert.Equal("tf/3/quick/2: ended early, other trials of the task did better", Assert.Single(report.Unfinished));
        Assert.Contains(
            "early stopping ended 1 of 3 trials, those that were worse on dev: seeds too were chosen so, and the mean of all may be lower",
            report.Rows.Single(row => row.Ours is not null).Remarks);
        Assert.DoesNotContain(Report(state).Rows.Single(row => row.Ours is not null).Remarks, remark => remark.StartsWith("early stopping"));
    }

    [Fact]
    public void AReportSaysThatTheModelWasReplacedWhileTheSweepRan()
    {
        var state = Complete(seeds: 3);
        Assert.Single(Report(state).Differences);
        (Result(state.Trials[1].Spec) with { Pretrained = "0b" }).Write(sweep.ResultOf("tf/3/quick/2"));
        Assert.Contains(
            "run/model was replaced while the sweep ran: tf/3/quick/2 began with other weights than the rest; plan a sweep anew to compare them",
            sweep.Report(state, _ => { }, CancellationToken.None).Differences);
    }

    private static SweepState Complete(int seeds)
    {
        var setting = new FinetuningSetting("run/model", "GUE", FinetuningRecipe.Paper, KeepModel: false, Pretrained: null).ToSweep("quick");
        var plan = new SweepPlan("test", ["tf/3"], [setting], [.. Enumerable.Range(1, seeds)], new SweepPolicy(TimeSpan.FromMinutes(15)));
        return SweepState.Initial(plan) with { Trials = [.. SweepState.Initial(plan).Trials.Select(trial => trial with { Status = TrialStatus.Completed })] };
    }

    /// <summary>The report of a sweep, from a result file for each trial that is complete.</summary>
    private GueReport Report(SweepState state)
    {
        File.WriteAllText(folder["baselines.json"], """{"tf/3": 50}""");
        foreach (var trial in state.Trials.Where(trial => trial.Status == TrialStatus.Completed))
        {
            Directory.CreateDirectory(sweep.ResultOf(trial.Spec.Id));
            Result(trial.Spec).Write(sweep.ResultOf(trial.Spec.Id));
        }
        return sweep.Report(state, _ => { }, CancellationToken.None);
    }

    private static FinetuningResult Result(TrialSpec trial) => new()
    {
        Tool = "test",
        Task = trial.Task,
        Seed = (ulong)trial.Seed,
        Recipe = new JsonObject(),
        Pretrained = "0a",
        Device = "cpu",
        TrainRows = 100,
        AllTrainRows = 100,
        CutSequences = 0,
        TrainedParameters = 1,
        Epochs = [new EpochResult(1, 0.5, 0.5, [[3, 1], [1, 3]])],
        BestEpoch = 1,
        Test = [[3, 1], [1, 3]],
        TestMcc = 0.5,
        TestAccuracy = 0.75,
        TestMacroF1 = 0.75,
        Collapsed = false,
        Seconds = 1,
    };
}
