using System.Text.Json;
using DnaBart.Sweeps;

namespace DnaBart.Core.Tests.Sweeps;

public class SweepScheduleTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AThousandDisturbedSchedulesGiveTheUndisturbedReport(bool halving)
    {
        var plan = SweepFixture.Plan(halving);
        var expected = SweepFixture.Table(SweepFixture.RunUndisturbed(SweepState.Initial(plan)));
        var expiries = 0;
        var late = 0;
        for (var seed = 0; seed < 500; seed++)
        {
            var world = new DisturbedWorld(plan, new Random(seed));
            world.Run();
            Assert.True(expected == SweepFixture.Table(world.State), $"schedule {seed}:\n{SweepFixture.Table(world.State)}\nexpected:\n{expected}");
            expiries += world.State.Trials.Sum(t => t.Expiries);
            late += world.IgnoredReports;
        }
        // The schedules must have been as bad as meant, or they prove nothing.
        Assert.True(expiries > 1000 && late > 1000, $"{expiries} leases expired, {late} reports came late or twice");
    }

    /// <summary>Slots, a network and a coordinator in virtual time. Messages are lost, doubled and delayed by up to several lease times;
    /// slots crash and come back; the coordinator crashes and comes back from its journal.</summary>
    private sealed class DisturbedWorld(SweepPlan plan, Random random)
    {
        private readonly PriorityQueue<Action, (DateTimeOffset Due, int Order)> agenda = new();
        private readonly Dictionary<string, StartRung?> slots = new() { ["gpu0"] = null, ["gpu1"] = null, ["gpu2"] = null };
        private readonly List<string> journal = [];
        private DateTimeOffset now = SweepFixture.Start;
        private int order;

        public SweepState State { get; private set; } = SweepState.Initial(plan);

        public int IgnoredReports { get; private set; }

        public void Run()
        {
            foreach (var slot in slots.Keys.ToList())
                In(0, () => SlotLoop(slot));
            In(5, Clock);
            for (var steps = 0; !State.IsOver; steps++)
            {
                Assert.True(steps < 200_000, "the sweep does not end");
                Assert.True(agenda.TryDequeue(out var action, out var due));
                now = due.Due;
                action();
            }
        }

        private void In(double seconds, Action action) => agenda.Enqueue(action, (now.AddSeconds(seconds), order++));

        private void Clock()
        {
            Deliver(new TimePassed(now));
            if (random.NextDouble() < 0.02)
                RestartCoordinator();
            In(5, Clock);
        }

        private void SlotLoop(string slot)
        {
            if (slots[slot] is { } run)
                Send(new Heartbeat(now, run.Trial.Id, run.Lease));
            else
                Send(new SlotOffered(now, slot));
            if (random.NextDouble() < 0.04)
            {
                if (slots[slot] is { } lost && random.Next(3) == 0)
                    Send(new TrialPreempted(now, lost.Trial.Id, lost.Lease));
                else if (random.Next(2) == 0)
                    Send(random.Next(2) == 0 ? new SlotLost(now, slot) : new SlotFailed(now, slot));
                slots[slot] = null;
            }
            In(15, () => SlotLoop(slot));
        }

        private void Send(SweepEvent message)
        {
            for (var copies = random.Next(8) switch { 0 => 0, 1 => 2, _ => 1 }; copies > 0; copies--)
                In(random.Next(6) == 0 ? random.Next(300) : random.NextDouble(), () => Deliver(message));
        }

        private void Deliver(SweepEvent happened)
        {
            var (next, commands) = SweepMachine.Apply(State, happened);
            if (!ReferenceEquals(next, State))
                journal.Add(JsonSerializer.Serialize(happened, SweepJournal.Json));
            else if (happened is RungCompleted or TrialFailed or TrialPreempted)
                IgnoredReports++;
            State = next;
            CheckInvariants();
            foreach (var command in commands.Where(_ => random.Next(10) > 0))
            {
                if (command is StartRung start)
                    Begin(start);
                else if (command is StopLease stop)
                    Stop(stop);
            }
        }

        private void Begin(StartRung start)
        {
            slots[start.Slot] = start;
            In(20 + random.Next(100), () => End(start));
        }

        private void End(StartRung run)
        {
            if (!ReferenceEquals(slots[run.Slot], run))
                return;
            slots[run.Slot] = null;
            Send(SweepFixture.AlwaysFails(run.Trial)
                ? new TrialFailed(now, run.Trial.Id, run.Lease, "broken")
                : new RungCompleted(now, run.Trial.Id, run.Lease, run.Rung, SweepFixture.Outcome(run.Trial, run.Rung)));
            Send(new SlotOffered(now, run.Slot));
        }

        private void Stop(StopLease stop)
        {
            foreach (var (slot, run) in slots.ToList())
            {
                if (run is not null && run.Trial.Id == stop.Trial && run.Lease == stop.Lease)
                    slots[slot] = null;
            }
        }

        private void RestartCoordinator()
        {
            var replayed = journal.Aggregate(SweepState.Initial(plan), (state, line) =>
                SweepMachine.Apply(state, JsonSerializer.Deserialize<SweepEvent>(line, SweepJournal.Json)!).State);
            Assert.Equal(JsonSerializer.Serialize(State, SweepJournal.Json), JsonSerializer.Serialize(replayed, SweepJournal.Json));
            // As a grain would: from its stored state, without a replay.
            State = JsonSerializer.Deserialize<SweepState>(JsonSerializer.Serialize(replayed, SweepJournal.Json), SweepJournal.Json)!;
        }

        private void CheckInvariants()
        {
            var busy = State.Trials.Where(t => t.Lease is not null).Select(t => t.Lease!.Slot).ToList();
            Assert.Equal(busy.Count + State.IdleSlots.Length, busy.Concat(State.IdleSlots).Distinct().Count());
            Assert.All(State.Trials, t =>
            {
                Assert.Equal(t.Status == TrialStatus.Running, t.Lease is not null);
                Assert.True(t.Outcomes.Length <= State.Plan.RungCount);
            });
        }
    }
}
