using System.Collections.Immutable;
using System.Text.Json;
using DnaBart.Fixtures;
using DnaBart.Grains;
using DnaBart.IO;
using DnaBart.Sweeps;

namespace DnaBart.Cluster.Tests;

/// <summary>Sweeps on silos in this process.</summary>
public class SweepGrainTests
{
    private static readonly SweepPlan Plan = new(
        "sweep", ["tf/0", "tf/1"], [new SweepSetting("s", ImmutableSortedDictionary<string, string>.Empty)], [1, 2, 13], new SweepPolicy(TimeSpan.FromMinutes(15)));

    private static async Task<SweepState> EndAsync(TestCluster cluster, string name)
    {
        SweepState? last = null;
        await foreach (var state in cluster.Sweeps.WatchAsync(name, new CancellationTokenSource(TimeSpan.FromMinutes(1)).Token))
            last = state;
        Assert.True(last!.IsOver);
        return last;
    }

    /// <summary>What a sweep that nothing disturbs ends with.</summary>
    private static string[] Undisturbed()
    {
        var sweeps = new FakeSweeps();
        sweeps.Let(100);
        sweeps.Create(Plan);
        var state = SweepState.Initial(Plan);
        foreach (var trial in Plan.Trials)
        {
            var outcome = sweeps.Runner(Plan.Name).RunAsync(new StartRung("cpu", trial, 2, 0, null), () => { }, default).Result;
            (state, _) = SweepMachine.Apply(state, new SlotOffered(DateTimeOffset.UnixEpoch, "cpu"));
            (state, _) = SweepMachine.Apply(state, new RungCompleted(DateTimeOffset.UnixEpoch, trial.Id, 1, 0, outcome));
        }
        return [.. FakeSweeps.Table(state)];
    }

    [Fact]
    public async Task ASweepUsesAllSlotsOneTrainingEachAndEnds()
    {
        var sweeps = new FakeSweeps();
        await using var cluster = await new TestCluster(2, "cpu:2", sweeps).StartAsync();
        await cluster.Sweeps.StartAsync(Plan, default);
        await Waiting.UntilAsync(() => Task.FromResult(sweeps.Now.Values.Sum() == 4), "a training on every slot");
        // A second sweep finds no slot free, and waits.
        await cluster.Sweeps.StartAsync(Plan with { Name = "second" }, default);
        sweeps.Let(100);

        Assert.Equal(Undisturbed(), FakeSweeps.Table(await EndAsync(cluster, "sweep")));
        Assert.Equal(Undisturbed(), FakeSweeps.Table(await EndAsync(cluster, "second")));
        Assert.Equal((1, 4), (sweeps.Most, sweeps.Now.Count));
        await Waiting.UntilAsync(() => Task.FromResult(sweeps.Finished.Count == 2), "the ends in storage");
        Assert.Equal(["sweep", "second"], (await cluster.Sweeps.ListAsync(default)).Select(state => state.Plan.Name));
        var again = await Assert.ThrowsAsync<InputException>(() => cluster.Sweeps.StartAsync(Plan, default));
        Assert.Contains("there is a sweep of that name already", again.Message);
        Assert.Null(await cluster.Sweeps.FindAsync("none", default));
        Assert.False(await cluster.Sweeps.CancelAsync("none", default));
        await Waiting.UntilAsync(async () => (await cluster.ReportAsync()).Silos.All(silo => silo.Slots.All(slot => slot.Holders.Length == 0)), "slots free");
    }

    [Fact]
    public async Task WhereNoTrialCanRunASweepWaitsAndSaysWhyAndNoneHasFailed()
    {
        var sweeps = new FakeSweeps { Blocked = "the model is gone" };
        await using var cluster = await new TestCluster(1, "cpu:2", sweeps).StartAsync();
        sweeps.Let(100);
        await cluster.Sweeps.StartAsync(Plan, default);
        await Waiting.UntilAsync(async () => (await cluster.Sweeps.FindAsync("sweep", default))!.Trials.Count(trial => trial.Problem == "the model is gone") == 2, "both slots tried");
        // Not again and again.
        await Task.Delay(TimeSpan.FromSeconds(4));
        Assert.Equal(2, sweeps.Runs.Count);
        sweeps.Blocked = null;

        var end = await EndAsync(cluster, "sweep");
        Assert.Equal(Undisturbed(), FakeSweeps.Table(end));
        Assert.All(end.Trials, trial => Assert.InRange(trial.Failures, 0, trial.Spec.Seed == 13 ? 1 : 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task KillingASiloLosesNoTrialAndGivesTheSameTable(bool coordinator)
    {
        var sweeps = new FakeSweeps();
        await using var cluster = await new TestCluster(3, "cpu", sweeps).StartAsync();
        await cluster.Sweeps.StartAsync(Plan, default);
        sweeps.Let(1);
        await Waiting.UntilAsync(() => Task.FromResult(sweeps.Runs.Count == 4), "a trial over, three running");

        var home = await cluster.HolderAsync(cluster.Grains.GetGrain<ISweepGrain>("sweep"));
        var victim = coordinator ? home : cluster.Silos.First(silo => silo != home);
        await cluster.KillAsync(victim);

        // The trial of the dead silo waits for one of the two others to be free: its first run counts for nothing.
        sweeps.Let(2);
        await Waiting.UntilAsync(() => Task.FromResult(sweeps.Runs.Count >= 6), "trials on the silos that are left");
        sweeps.Let(100);
        var end = await EndAsync(cluster, "sweep");
        Assert.Equal(Undisturbed(), FakeSweeps.Table(end));
        Assert.Equal(1, sweeps.Most);
        Assert.Equal(1, end.Trials.Sum(trial => trial.Expiries));
    }

    [Fact]
    public async Task ASiloThatLeavesCostsItsTrialNothing()
    {
        var sweeps = new FakeSweeps();
        await using var cluster = await new TestCluster(2, "cpu", sweeps).StartAsync();
        await cluster.Sweeps.StartAsync(Plan, default);
        await Waiting.UntilAsync(() => Task.FromResult(sweeps.Now.Values.Sum() == 2), "a training on every slot");

        var home = await cluster.HolderAsync(cluster.Grains.GetGrain<ISweepGrain>("sweep"));
        await cluster.StopAsync(cluster.Silos.First(silo => silo != home));

        sweeps.Let(100);
        var end = await EndAsync(cluster, "sweep");
        Assert.Equal(Undisturbed(), FakeSweeps.Table(end));
        Assert.All(end.Trials, trial => Assert.Equal(0, trial.Expiries));
    }

    [Fact]
    public async Task WhatIsStoppedEarlyKeepsNoCheckpoints()
    {
        var sweeps = new FakeSweeps();
        await using var cluster = await new TestCluster(1, "cpu:2", sweeps).StartAsync();
        sweeps.Let(100);
        await cluster.Sweeps.StartAsync(Plan with { Policy = Plan.Policy with { Halving = new HalvingRule([1, 2], 3) } }, default);

        var stopped = (await EndAsync(cluster, "sweep")).Trials.Where(trial => trial.Status == TrialStatus.Stopped).Select(trial => trial.Spec.Id).Order().ToList();
        Assert.Equal(4, stopped.Count);
        await Waiting.UntilAsync(() => Task.FromResult(sweeps.Discarded.Order().SequenceEqual(stopped)), "their checkpoints deleted");
    }

    [Fact]
    public async Task LeasesRunByTheCoordinatorsClock()
    {
        await using var cluster = await new TestCluster(1, "cpu", new FakeSweeps()).StartAsync();
        await cluster.Sweeps.StartAsync(Plan, default);
        await Waiting.UntilAsync(async () => (await cluster.Sweeps.FindAsync("sweep", default))!.Trials.Any(trial => trial.Lease is not null), "a lease");
        var trial = (await cluster.Sweeps.FindAsync("sweep", default))!.Trials.First(trial => trial.Lease is not null);
        var before = DateTimeOffset.UtcNow;

        // From a machine whose clock is a day ahead.
        var beat = JsonSerializer.Serialize<SweepEvent>(new Heartbeat(before.AddDays(1), trial.Spec.Id, trial.Lease!.Number), SweepJournal.Json);
        var sender = $"{trial.Lease.Slot}|sweep|{trial.Spec.Id}|{trial.Lease.Number}";
        await cluster.Grains.GetGrain<ISweepGrain>("sweep").ReportAsync(beat, sender);

        var expires = (await cluster.Sweeps.FindAsync("sweep", default))!.Trials.Single(other => other.Spec.Id == trial.Spec.Id).Lease!.Expires;
        Assert.InRange(expires, before + Plan.Policy.LeaseTime, before + Plan.Policy.LeaseTime + TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task ACancelledSweepStopsItsTrials()
    {
        var sweeps = new FakeSweeps();
        await using var cluster = await new TestCluster(2, "cpu", sweeps).StartAsync();
        await cluster.Sweeps.StartAsync(Plan, default);
        await Waiting.UntilAsync(() => Task.FromResult(sweeps.Now.Values.Sum() == 2), "a training on every slot");

        var begun = (await cluster.Sweeps.FindAsync("sweep", default))!.Trials.Where(trial => trial.LeaseCount > 0).Select(trial => trial.Spec.Id).Order().ToList();

        Assert.True(await cluster.Sweeps.CancelAsync("sweep", default));

        Assert.All((await EndAsync(cluster, "sweep")).Trials, trial => Assert.Equal(TrialStatus.Cancelled, trial.Status));
        await Waiting.UntilAsync(() => Task.FromResult(sweeps.Now.Values.Sum() == 0), "the trainings stopped");
        await Waiting.UntilAsync(() => Task.FromResult(sweeps.Discarded.Order().SequenceEqual(begun)), "their checkpoints deleted");
    }

    [Fact]
    public async Task ASweepWhoseCoordinatorMovedIsCancelledAsAnyOther()
    {
        var sweeps = new FakeSweeps();
        await using var cluster = await new TestCluster(1, "cpu:2", sweeps).StartAsync();
        await cluster.Sweeps.StartAsync(Plan, default);
        await Waiting.UntilAsync(() => Task.FromResult(sweeps.Now.Values.Sum() == 2), "a training on every slot");
        await cluster.ForgetAsync(cluster.Grains.GetGrain<ISweepGrain>("sweep"));

        Assert.True(await cluster.Sweeps.CancelAsync("sweep", default));

        await Waiting.UntilAsync(() => Task.FromResult(sweeps.Now.Values.Sum() == 0), "the trainings stopped");
    }

    [Fact]
    public async Task ASweepGoesOnAfterAWriteThatWasDoneAndNotAcknowledged()
    {
        var sweeps = new FakeSweeps();
        await using var cluster = await new TestCluster(1, "cpu", sweeps).StartAsync();
        await cluster.Sweeps.StartAsync(Plan, default);
        await Waiting.UntilAsync(() => Task.FromResult(sweeps.Now.Values.Sum() == 1), "a training on the slot");
        await cluster.Sweeps.StartAsync(Plan with { Name = "second" }, default);
        var second = cluster.Grains.GetGrain<ISweepGrain>("second").GetGrainId();
        var lost = 0;
        cluster.Memory.Disturb = (moment, grain) => moment == StorageMoment.AfterWrite && grain == second && Interlocked.Exchange(ref lost, 1) == 0
            ? Task.FromException(new TimeoutException("the connection is lost"))
            : Task.CompletedTask;

        sweeps.Let(100);

        Assert.Equal(Undisturbed(), FakeSweeps.Table(await EndAsync(cluster, "second")));
        Assert.Equal(1, lost);
    }

    [Fact]
    public async Task ASweepWhoseStartFailedIsListedOnceItIsStarted()
    {
        await using var cluster = await new TestCluster(1, "cpu", new FakeSweeps()).StartAsync();
        Assert.Empty(await cluster.Sweeps.ListAsync(default));
        var index = cluster.Grains.GetGrain<ISweepIndexGrain>(0);
        cluster.Memory.Disturb = (_, grain) => grain == index.GetGrainId() ? Task.FromException(new TimeoutException("the database is away")) : Task.CompletedTask;
        await Assert.ThrowsAnyAsync<Exception>(() => cluster.Sweeps.StartAsync(Plan, default));
        cluster.Memory.Disturb = (_, _) => Task.CompletedTask;

        await cluster.Sweeps.StartAsync(Plan, default);

        await cluster.ForgetAsync(index);
        Assert.Equal(["sweep"], (await cluster.Sweeps.ListAsync(default)).Select(state => state.Plan.Name));
    }

    [Fact]
    public async Task ASweepThatIsOverIsReadFromStorageOnce()
    {
        var sweeps = new FakeSweeps();
        sweeps.Let(100);
        await using var cluster = await new TestCluster(1, "cpu", sweeps).StartAsync();
        await cluster.Sweeps.StartAsync(Plan, default);
        await EndAsync(cluster, "sweep");
        await Waiting.UntilAsync(() => Task.FromResult(sweeps.Finished.Count == 1), "the end in storage");
        var sweep = cluster.Grains.GetGrain<ISweepGrain>("sweep");
        await cluster.ForgetAsync(sweep);
        var reads = 0;
        cluster.Memory.Disturb = (moment, grain) =>
        {
            if (moment == StorageMoment.BeforeRead && grain == sweep.GetGrainId())
                Interlocked.Increment(ref reads);
            return Task.CompletedTask;
        };

        for (var i = 0; i < 5; i++)
            Assert.True((await cluster.Sweeps.FindAsync("sweep", default))!.IsOver);

        Assert.Equal(1, reads);
    }

    [Fact]
    public async Task AReminderOfASweepThatIsBeingStartedStays()
    {
        await using var cluster = await new TestCluster(1, "cpu", new FakeSweeps()).StartAsync();
        var sweep = cluster.Grains.GetGrain<ISweepGrain>("sweep");
        var (writing, written) = (new TaskCompletionSource(), new TaskCompletionSource());
        cluster.Memory.Disturb = (moment, grain) =>
        {
            if (moment != StorageMoment.BeforeWrite || grain != sweep.GetGrainId())
                return Task.CompletedTask;
            writing.TrySetResult();
            return written.Task;
        };
        var start = cluster.Sweeps.StartAsync(Plan, default);
        await writing.Task;

        await sweep.Cast<IRemindable>().ReceiveReminder("keep-going", default);

        written.SetResult();
        await start;
        Assert.Single((await cluster.Memory.ReadRows(sweep.GetGrainId())).Reminders);
    }
}
