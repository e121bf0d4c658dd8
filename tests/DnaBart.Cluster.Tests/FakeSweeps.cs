using System.Collections.Concurrent;
using System.Collections.Immutable;
using DnaBart.Sweeps;

namespace DnaBart.Cluster.Tests;

/// <summary>Trains nothing: a trial's score follows from its name. All silos share it, as they share a folder.</summary>
internal sealed class FakeSweeps : ISweepStorage
{
    private readonly ConcurrentDictionary<string, SweepPlan> plans = [];
    private readonly SemaphoreSlim open = new(0);
    private int silos;

    /// <summary>Sweeps that ended, by name.</summary>
    public ConcurrentDictionary<string, SweepState> Finished { get; } = [];

    /// <summary>Trainings by silo and slot, now.</summary>
    public ConcurrentDictionary<string, int> Now { get; } = [];

    /// <summary>The most trainings that a slot had at a time.</summary>
    public int Most { get; private set; }

    /// <summary>Trials whose checkpoints were deleted.</summary>
    public ConcurrentQueue<string> Discarded { get; } = [];

    /// <summary>Leases under which trials were run.</summary>
    public ConcurrentQueue<(string Trial, int Lease)> Runs { get; } = [];

    /// <summary>Why no trial can run now; null where they can.</summary>
    public string? Blocked { get; set; }

    /// <summary>Lets so many more trials come to their end.</summary>
    public void Let(int trials) => open.Release(trials);

    public void Create(SweepPlan plan) => plans[plan.Name] = plan;

    public ITrialRunner Runner(string sweep) => Runner(sweep, silo: 0);

    public void Finish(SweepState state) => Finished[state.Plan.Name] = state;

    /// <summary>The same, as one more silo has it: with slots of its own.</summary>
    public ISweepStorage OfNextSilo() => new SiloSweeps(this, Interlocked.Increment(ref silos));

    /// <summary>The final table of a sweep that nothing disturbed.</summary>
    public static IEnumerable<string> Table(SweepState state) =>
        state.Trials.Select(trial => $"{trial.Spec.Id} {trial.Status} {string.Join(' ', trial.Outcomes.Select(outcome => outcome.Score))}");

    private FakeRunner Runner(string sweep, int silo) => plans.ContainsKey(sweep) ? new FakeRunner(this, silo) : throw new InvalidOperationException(sweep);

    private sealed class SiloSweeps(FakeSweeps shared, int silo) : ISweepStorage
    {
        public void Create(SweepPlan plan) => shared.Create(plan);

        public ITrialRunner Runner(string sweep) => shared.Runner(sweep, silo);

        public void Finish(SweepState state) => shared.Finish(state);
    }

    private sealed class FakeRunner(FakeSweeps sweeps, int silo) : ITrialRunner
    {
        public void Discard(string trial) => sweeps.Discarded.Enqueue(trial);

        public async Task<TrialOutcome> RunAsync(StartRung rung, Action heartbeat, CancellationToken cancellationToken)
        {
            var slot = $"{silo} {rung.Slot}";
            sweeps.Runs.Enqueue((rung.Trial.Id, rung.Lease));
            if (sweeps.Blocked is { } reason)
                throw new TrialBlockedException(reason);
            lock (sweeps.Now)
                sweeps.Most = Math.Max(sweeps.Most, sweeps.Now.AddOrUpdate(slot, 1, (_, now) => now + 1));
            try
            {
                while (!await sweeps.open.WaitAsync(20, cancellationToken))
                    heartbeat();
                if (rung.Trial.Seed == 13 && rung.Lease == 1)
                    throw new InvalidOperationException("bad luck");
                return new TrialOutcome(rung.Trial.Id.Sum(letter => letter) % 97 / 97.0, ImmutableSortedDictionary<string, double>.Empty, 1);
            }
            finally
            {
                sweeps.Now.AddOrUpdate(slot, 0, (_, now) => now - 1);
            }
        }
    }
}
