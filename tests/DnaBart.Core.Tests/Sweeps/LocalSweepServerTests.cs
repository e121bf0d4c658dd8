using DnaBart.Checkpoints;
using DnaBart.Finetuning;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Sweeps;

namespace DnaBart.Core.Tests.Sweeps;

public sealed class LocalSweepServerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder temporary = new();

    public void Dispose() => temporary.Dispose();

    [Fact]
    public async Task ASweepThatAnotherProcessRunsWaitsUntilThatHasEnded()
    {
        var root = new SweepRoot(temporary.Path, _ => new Runner());
        var plan = SweepFixture.Plan(halving: false) with { Seeds = [42] };
        var folder = root.Folder(plan.Name);
        Directory.CreateDirectory(folder.Path);
        SweepJournal.Create(folder.Journal, plan);
        var warned = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        LocalSweepServer server;
        using (SweepJournal.Open(folder.Journal))
        {
            server = new LocalSweepServer(root, ["cpu"], new HurriedTime(), line => warned.TrySetResult(line));
            Assert.Contains("another process runs this sweep", await warned.Task.WaitAsync(Patience));
            Assert.All((await server.FindAsync(plan.Name, default))!.Trials, trial => Assert.Equal(TrialStatus.Waiting, trial.Status));
            await Assert.ThrowsAsync<InputException>(() => server.CancelAsync(plan.Name, default));
        }
        await using (server)
        {
            using var end = new CancellationTokenSource(Patience);
            SweepState? last = null;
            await foreach (var state in server.WatchAsync(plan.Name, end.Token))
                last = state;
            Assert.Equal(SweepFixture.Table(SweepFixture.RunUndisturbed(SweepState.Initial(plan))), SweepFixture.Table(last!));
        }
    }

    [Fact]
    public async Task ASweepWhoseModelWasReplacedWaitsUntilItIsBack()
    {
        var weights = temporary["model/model.safetensors"];
        Directory.CreateDirectory(temporary["model"]);
        File.WriteAllText(weights, "planned");
        var setting = new FinetuningSetting(temporary["model"], "GUE", FinetuningRecipe.Paper, KeepModel: false, CheckpointManifest.Sha256OfWeights(temporary["model"]));
        var plan = SweepFixture.Plan(halving: false) with { Settings = [setting.ToSweep("a")], Seeds = [42] };
        var root = new SweepRoot(temporary["sweeps"], _ => new Runner());
        var folder = root.Folder(plan.Name);
        Directory.CreateDirectory(folder.Path);
        SweepJournal.Create(folder.Journal, plan);
        File.WriteAllText(weights, "another");
        var warned = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);

        await using var server = new LocalSweepServer(root, ["cpu"], new HurriedTime(), line => warned.TrySetResult(line));

        Assert.Contains($"sweep {plan.Name} waits, and is tried again in 60 s: {temporary["model"]}: holds another model", await warned.Task.WaitAsync(Patience));
        Assert.Empty(SweepJournal.Read(folder.Journal).Events);
        File.WriteAllText(weights, "planned");
        using var end = new CancellationTokenSource(Patience);
        var last = await server.WatchAsync(plan.Name, end.Token).LastAsync(end.Token);
        Assert.All(last.Trials, trial => Assert.Equal((TrialStatus.Completed, 0), (trial.Status, trial.Failures)));
    }

    [Fact]
    public async Task FoldersThatAreNoSweepOfTheirNameAreLeftOutWithAWarningAndTheOthersAreServed()
    {
        var root = new SweepRoot(temporary.Path, _ => new Runner());
        var plan = SweepFixture.Plan(halving: false) with { Seeds = [42] };
        foreach (var (name, content) in new (string, string?)[] { ("a-copy", null), ("corrupt", "no\nrecords\n"), ("ended", null), (plan.Name, null) })
        {
            var folder = root.Folder(name);
            Directory.CreateDirectory(folder.Path);
            SweepJournal.Create(folder.Journal, plan);
            if (content is not null)
                File.WriteAllText(folder.Journal, content);
        }
        File.WriteAllText(temporary["ended/sweep.end.json"], "{");
        var warnings = new List<string>();

        await using var server = new LocalSweepServer(root, ["cpu"], TimeProvider.System, warnings.Add);

        Assert.Equal(plan.Name, Assert.Single(await server.ListAsync(default)).Plan.Name);
        Assert.Equal(3, warnings.Count);
        Assert.Contains("a-copy is not served as a sweep", warnings[0]);
        Assert.Contains("move it away if it is a copy", warnings[0]);
        Assert.Contains("corrupt", warnings[1]);
        Assert.Contains("ended", warnings[2]);
    }

    [Fact]
    public async Task WhatAnEarlierProcessBeganOfASweepIsDiscardedWhenItIsCancelledWhileItWaits()
    {
        var runner = new Runner();
        var root = new SweepRoot(temporary.Path, _ => runner);
        var plan = SweepFixture.Plan(halving: false);
        var folder = root.Folder(plan.Name);
        Directory.CreateDirectory(folder.Path);
        SweepJournal.Create(folder.Journal, plan);
        var warned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        LocalSweepServer server;
        using (var earlier = SweepJournal.Open(folder.Journal))
        {
            earlier.Append(new SlotOffered(SweepFixture.Start, "cpu"));
            server = new LocalSweepServer(root, ["cpu"], TimeProvider.System, _ => warned.TrySetResult());
            await warned.Task.WaitAsync(Patience);
        }
        await using (server)
        {
            Assert.True(await server.CancelAsync(plan.Name, default));
            Assert.All((await server.FindAsync(plan.Name, default))!.Trials, trial => Assert.Equal(TrialStatus.Cancelled, trial.Status));
        }
        Assert.Equal(["tf/0/a/42"], runner.Discarded);
    }

    private sealed class Runner : ITrialRunner
    {
        public List<string> Discarded { get; } = [];

        public Task<TrialOutcome> RunAsync(StartRung rung, Action heartbeat, CancellationToken cancellationToken) =>
            Task.FromResult(SweepFixture.Outcome(rung.Trial, rung.Rung));

        public void Discard(string trial) => Discarded.Add(trial);
    }
}
