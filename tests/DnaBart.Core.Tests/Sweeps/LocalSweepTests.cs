using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Sweeps;

namespace DnaBart.Core.Tests.Sweeps;

public sealed class LocalSweepTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string JournalPath => folder["sweep.journal"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public async Task GivesTheSameTableOnAnyNumberOfSlots(int slots, bool halving)
    {
        var plan = SweepFixture.Plan(halving);
        SweepJournal.Create(JournalPath, plan);
        var runner = new FakeRunner();
        var state = await RunAsync(runner, slots, CancellationToken.None);
        Assert.Equal(SweepFixture.Table(SweepFixture.RunUndisturbed(SweepState.Initial(plan))), SweepFixture.Table(state));
        Assert.InRange(runner.MostAtOnce, 1, slots);
        Assert.Equal(state.Trials.Where(trial => trial.Status is TrialStatus.Stopped or TrialStatus.Failed).Select(trial => trial.Spec.Id).Order(), runner.Discarded.Order());
        Assert.Equal(SweepFixture.Table(state), SweepFixture.Table(SweepJournal.Read(JournalPath).State));
    }

    [Fact]
    public async Task InterruptedAgainAndAgainItEndsWithTheSameTable()
    {
        var plan = SweepFixture.Plan(halving: true);
        SweepJournal.Create(JournalPath, plan);
        SweepState state;
        var interruptions = 0;
        do
        {
            using var interrupt = new CancellationTokenSource();
            var runner = new FakeRunner { InterruptAfter = 3, Interrupt = interrupt };
            try
            {
                state = await RunAsync(runner, 2, interrupt.Token);
            }
            catch (OperationCanceledException)
            {
                interruptions++;
                state = SweepJournal.Read(JournalPath).State;
            }
            Assert.True(interruptions < 50);
        }
        while (!state.IsOver);
        Assert.True(interruptions >= 2);
        Assert.Equal(SweepFixture.Table(SweepFixture.RunUndisturbed(SweepState.Initial(plan))), SweepFixture.Table(state));
    }

    [Fact]
    public async Task APreemptedTrialRunsAgainAndASilentOneLosesItsLease()
    {
        var plan = SweepFixture.Plan(halving: false) with { Tasks = ["tf/0"], Seeds = [42] };
        plan = plan with { Policy = plan.Policy with { LeaseTime = TimeSpan.FromSeconds(3) } };
        SweepJournal.Create(JournalPath, plan);
        var state = await RunAsync(new FakeRunner { PreemptFirst = "tf/0/a/42", HangFirst = "tf/0/b/42" }, 2, CancellationToken.None);
        Assert.Equal(SweepFixture.Table(SweepFixture.RunUndisturbed(SweepState.Initial(plan))), SweepFixture.Table(state));
        Assert.Equal((2, 0, 0), (state.Trials[0].LeaseCount, state.Trials[0].Failures, state.Trials[0].Expiries));
        Assert.Equal((2, 0, 1), (state.Trials[1].LeaseCount, state.Trials[1].Failures, state.Trials[1].Expiries));
    }

    [Fact]
    public async Task WhereNoTrialCanRunItEndsWithTheReasonAndGoesOnLaterWithoutAFailure()
    {
        var plan = SweepFixture.Plan(halving: false) with { Seeds = [42] };
        SweepJournal.Create(JournalPath, plan);
        var blocked = await Assert.ThrowsAsync<InputException>(() => RunAsync(new FakeRunner { BlockAfter = 2 }, 1, CancellationToken.None));
        Assert.Equal("the model is gone", blocked.Message);
        var left = SweepJournal.Read(JournalPath).State.Trials;
        Assert.Equal([TrialStatus.Completed, TrialStatus.Completed, TrialStatus.Waiting, TrialStatus.Waiting], left.Select(trial => trial.Status));
        Assert.Equal(["the model is gone"], left.Select(trial => trial.Problem).OfType<string>());
        Assert.All(left, trial => Assert.Equal((0, 0), (trial.Failures, trial.Expiries)));

        var state = await RunAsync(new FakeRunner(), 2, CancellationToken.None);
        Assert.Equal(SweepFixture.Table(SweepFixture.RunUndisturbed(SweepState.Initial(plan))), SweepFixture.Table(state));
    }

    private async Task<SweepState> RunAsync(FakeRunner runner, int slots, CancellationToken cancellationToken)
    {
        using var journal = SweepJournal.Open(JournalPath);
        var sweep = new LocalSweep(journal, runner, TimeProvider.System, _ => { });
        await sweep.RunAsync([.. Enumerable.Range(0, slots).Select(i => $"cpu{i}")], cancellationToken);
        return sweep.State;
    }

    /// <summary>Outcomes as in <see cref="SweepFixture"/>, after a few milliseconds; mishaps on demand.</summary>
    private sealed class FakeRunner : ITrialRunner
    {
        private int atOnce;
        private int started;

        public int MostAtOnce { get; private set; }

        public string? PreemptFirst { get; init; }

        public string? HangFirst { get; init; }

        public int BlockAfter { get; init; } = int.MaxValue;

        public int InterruptAfter { get; init; } = int.MaxValue;

        public CancellationTokenSource? Interrupt { get; init; }

        public List<string> Discarded { get; } = [];

        public void Discard(string trial) => Discarded.Add(trial);

        public async Task<TrialOutcome> RunAsync(StartRung rung, Action heartbeat, CancellationToken cancellationToken)
        {
            lock (this)
                MostAtOnce = Math.Max(MostAtOnce, ++atOnce);
            try
            {
                var number = Interlocked.Increment(ref started);
                if (number > InterruptAfter)
                    Interrupt!.Cancel();
                if (number > BlockAfter)
                    throw new TrialBlockedException("the model is gone");
                if (rung.Lease == 1 && rung.Trial.Id == PreemptFirst)
                    throw new TrialPreemptedException("the node is drained");
                if (rung.Lease == 1 && rung.Trial.Id == HangFirst)
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                await Task.Delay(3, cancellationToken);
                heartbeat();
                return SweepFixture.AlwaysFails(rung.Trial)
                    ? throw new InvalidOperationException("broken")
                    : SweepFixture.Outcome(rung.Trial, rung.Rung);
            }
            finally
            {
                lock (this)
                    atOnce--;
            }
        }
    }
}
