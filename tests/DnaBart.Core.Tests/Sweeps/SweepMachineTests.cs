using System.Collections.Immutable;
using DnaBart.IO;
using DnaBart.Sweeps;

namespace DnaBart.Core.Tests.Sweeps;

public class SweepMachineTests
{
    private static readonly DateTimeOffset Now = SweepFixture.Start;

    [Fact]
    public void TrialsStartInThePlansOrderSeedBySeed() => Assert.Equal(
        ["tf/0/a/42", "tf/0/b/42", "mouse/1/a/42", "mouse/1/b/42", "tf/0/a/13", "tf/0/b/13", "mouse/1/a/13", "mouse/1/b/13"],
        SweepFixture.Plan(halving: false).Trials.Select(t => t.Id));

    [Fact]
    public void PreemptionAndALostSlotAreNoFailures()
    {
        var sweep = new Driver(SweepFixture.Plan(halving: false));
        for (var i = 0; i < 10; i++)
        {
            var start = Assert.IsType<StartRung>(Assert.Single(sweep.Apply(new SlotOffered(Now, "gpu0"))));
            Assert.Equal(("tf/0/a/42", i + 1), (start.Trial.Id, start.Lease));
            sweep.Apply(i % 2 == 0 ? new TrialPreempted(Now, start.Trial.Id, start.Lease) : new SlotLost(Now, "gpu0"));
        }
        Assert.Equal((TrialStatus.Waiting, 0, 0), (sweep.First.Status, sweep.First.Failures, sweep.First.Expiries));
    }

    [Fact]
    public void AFailingTrialGoesBehindTheOthersAndIsGivenUpAtTheCap()
    {
        var sweep = new Driver(SweepFixture.Plan(halving: false) with { Tasks = ["tf/0"], Seeds = [1] });
        sweep.Apply(new SlotOffered(Now, "gpu0"));
        var next = Assert.IsType<StartRung>(Assert.Single(sweep.Apply(new TrialFailed(Now, "tf/0/a/1", 1, "out of memory"))));
        Assert.Equal("tf/0/b/1", next.Trial.Id);
        sweep.Complete(next);
        sweep.Apply(new TrialFailed(Now, "tf/0/a/1", 2, "out of memory"));
        Assert.Equal([new DiscardTrial("tf/0/a/1"), new SweepFinished()], sweep.Apply(new TrialFailed(Now, "tf/0/a/1", 3, "out of memory")).AsEnumerable());
        Assert.Equal((TrialStatus.Failed, "out of memory"), (sweep.First.Status, sweep.First.Problem));
    }

    [Fact]
    public void AHeartbeatExtendsALeaseAndAnExpiredOneIsTakenBack()
    {
        var sweep = new Driver(SweepFixture.Plan(halving: false));
        sweep.Apply(new SlotOffered(Now, "gpu0"));
        sweep.Apply(new Heartbeat(Now.AddSeconds(50), "tf/0/a/42", 1));
        Assert.Empty(sweep.Apply(new TimePassed(Now.AddSeconds(109))));
        Assert.Equal(new StopLease("tf/0/a/42", 1), Assert.Single(sweep.Apply(new TimePassed(Now.AddSeconds(110)))));
        Assert.Equal((TrialStatus.Waiting, 1), (sweep.First.Status, sweep.First.Expiries));
        Assert.Equal(new StopLease("tf/0/a/42", 1), Assert.Single(sweep.Apply(new Heartbeat(Now.AddSeconds(111), "tf/0/a/42", 1))));
    }

    [Fact]
    public void ATrialThatFellSilentOftenEnoughIsGivenUpAndWhatItLeftIsDiscarded()
    {
        var plan = SweepFixture.Plan(halving: false);
        var sweep = new Driver(plan with { Policy = plan.Policy with { MaxExpiries = 1 } });
        sweep.Apply(new SlotOffered(Now, "gpu0"));
        Assert.Equal([new StopLease("tf/0/a/42", 1), new DiscardTrial("tf/0/a/42")], sweep.Apply(new TimePassed(Now.AddHours(1))).AsEnumerable());
        Assert.Equal(TrialStatus.Failed, sweep.First.Status);
    }

    [Fact]
    public void ATrialThatTakesItsMachinesWithItGoesBehindTheOthersAndIsGivenUp()
    {
        var plan = SweepFixture.Plan(halving: false);
        var sweep = new Driver(plan with { Tasks = ["tf/0"], Seeds = [1], Policy = plan.Policy with { MaxExpiries = 2 } });
        sweep.Apply(new SlotOffered(Now, "gpu0"));
        Assert.Empty(sweep.Apply(new SlotFailed(Now, "gpu0")));
        Assert.Equal((TrialStatus.Waiting, 0, 1), (sweep.First.Status, sweep.First.Failures, sweep.First.Expiries));
        var next = Assert.IsType<StartRung>(Assert.Single(sweep.Apply(new SlotOffered(Now, "gpu1"))));
        Assert.Equal("tf/0/b/1", next.Trial.Id);
        sweep.Complete(next);

        Assert.Equal([new DiscardTrial("tf/0/a/1"), new SweepFinished()], sweep.Apply(new SlotFailed(Now, "gpu1")).AsEnumerable());
        Assert.Equal((TrialStatus.Failed, "its machine was lost or it fell silent in 2 runs"), (sweep.First.Status, sweep.First.Problem));
    }

    [Fact]
    public void ALateResultCountsOnceAndStopsTheRepetition()
    {
        var sweep = new Driver(SweepFixture.Plan(halving: false) with { Tasks = ["tf/0"], Settings = [SweepFixture.Setting("a")], Seeds = [1] });
        var first = Assert.IsType<StartRung>(Assert.Single(sweep.Apply(new SlotOffered(Now, "gpu0"))));
        sweep.Apply(new TimePassed(Now.AddHours(1)));
        var second = Assert.IsType<StartRung>(Assert.Single(sweep.Apply(new SlotOffered(Now.AddHours(1), "gpu1"))));
        Assert.Equal(first.Trial, second.Trial);

        Assert.Equal([new StopLease(first.Trial.Id, 2), new SweepFinished()], sweep.Complete(first).AsEnumerable());
        Assert.Equal(TrialStatus.Completed, sweep.First.Status);
        Assert.Empty(sweep.Complete(second));
        Assert.Single(sweep.First.Outcomes);
    }

    [Fact]
    public void AReportWithALeaseNeverGivenIsIgnored()
    {
        var sweep = new Driver(SweepFixture.Plan(halving: false));
        sweep.Apply(new RungCompleted(Now, "tf/0/a/42", 1, 0, new TrialOutcome(1, ImmutableSortedDictionary<string, double>.Empty, 1)));
        sweep.Apply(new RungCompleted(Now, "no such trial", 1, 0, new TrialOutcome(1, ImmutableSortedDictionary<string, double>.Empty, 1)));
        Assert.Equal(TrialStatus.Waiting, sweep.First.Status);
    }

    [Fact]
    public void CancellationStopsAndDiscardsWhatRunsAndStartsNothing()
    {
        var sweep = new Driver(SweepFixture.Plan(halving: false));
        sweep.Apply(new SlotOffered(Now, "gpu0"));
        Assert.Equal([new StopLease("tf/0/a/42", 1), new DiscardTrial("tf/0/a/42"), new SweepFinished()], sweep.Apply(new SweepCancelled(Now)).AsEnumerable());
        Assert.Empty(sweep.Apply(new SlotOffered(Now, "gpu1")));
        Assert.All(sweep.State.Trials, t => Assert.Equal(TrialStatus.Cancelled, t.Status));
    }

    /// <summary>9 settings, rungs 1, 3, 9, reduction 3: 9 train 1 epoch, the best 3 train 3, the best 1 trains 9, in any order of arrival.</summary>
    [Fact]
    public void HalvingKeepsTheBestWhateverTheOrder()
    {
        var plan = new SweepPlan("halving", ["tf/0"], [.. Enumerable.Range(0, 9).Select(i => SweepFixture.Setting($"s{i}"))], [1],
            new SweepPolicy(TimeSpan.FromMinutes(1), Halving: new HalvingRule([1, 3, 9], 3)));
        double[] scores = [0.3, 0.9, 0.1, double.NaN, 0.8, 0.7, 0.2, 0.85, 0.4];
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var sweep = new Driver(plan);
            var running = Enumerable.Range(0, 1 + seed % 9).SelectMany(i => sweep.Apply(new SlotOffered(Now, $"gpu{i}"))).OfType<StartRung>().ToList();
            while (running.Count > 0)
            {
                var start = running[random.Next(running.Count)];
                running.Remove(start);
                Assert.Equal(new[] { 1, 3, 9 }[start.Rung], start.TrainTo);
                running.AddRange(sweep.Complete(start, scores[start.Trial.Setting.Name[1] - '0']).OfType<StartRung>());
            }
            Assert.Equal([1, 3, 1, 1, 2, 1, 1, 2, 1], sweep.State.Trials.Select(t => t.Outcomes.Length));
            Assert.Equal(TrialStatus.Completed, sweep.State.Trials[1].Status);
            Assert.All(sweep.State.Trials.RemoveAt(1), t => Assert.Equal(TrialStatus.Stopped, t.Status));
        }
    }

    [Fact]
    public void HalvingDoesNotWaitForWhatCannotChangeTheOutcome()
    {
        var plan = SweepFixture.Plan(halving: true) with { Tasks = ["tf/0"] };
        var sweep = new Driver(plan);
        var starts = Enumerable.Range(0, 4).SelectMany(i => sweep.Apply(new SlotOffered(Now, $"gpu{i}"))).OfType<StartRung>().ToList();
        sweep.Complete(starts[0], 0.5);
        Assert.Equal(TrialStatus.Paused, sweep.First.Status);
        sweep.Complete(starts[1], 0.6);
        sweep.Complete(starts[2], 0.7);
        // Two of four go on and two are better: the fourth need not report for the first to be out.
        Assert.Equal(TrialStatus.Stopped, sweep.First.Status);
        Assert.Equal([TrialStatus.Paused, TrialStatus.Running], [sweep.State.Trials[1].Status, sweep.State.Trials[2].Status]);
    }

    [Fact]
    public void ANonsensicalPlanIsTheUsersError()
    {
        var plan = SweepFixture.Plan(halving: true);
        plan.Validate();
        Assert.Throws<InputException>((plan with { Tasks = [] }).Validate);
        Assert.Throws<InputException>((plan with { Seeds = [1, 1] }).Validate);
        Assert.Throws<InputException>((plan with { Policy = plan.Policy with { LeaseTime = TimeSpan.Zero } }).Validate);
        Assert.Throws<InputException>((plan with { Policy = plan.Policy with { Halving = new HalvingRule([4, 2], 2) } }).Validate);
    }

    private sealed class Driver(SweepPlan plan)
    {
        public SweepState State { get; private set; } = SweepState.Initial(plan);

        public TrialState First => State.Trials[0];

        public ImmutableArray<SweepCommand> Apply(SweepEvent happened)
        {
            (State, var commands) = SweepMachine.Apply(State, happened);
            return commands;
        }

        public ImmutableArray<SweepCommand> Complete(StartRung start, double score = 0.5) => Apply(new RungCompleted(
            Now, start.Trial.Id, start.Lease, start.Rung, new TrialOutcome(score, ImmutableSortedDictionary<string, double>.Empty, 1)));
    }
}
