using System.Threading.Channels;
using DnaBart.IO;

namespace DnaBart.Sweeps;

/// <summary>Runs a sweep in one process on a number of device slots: feeds <see cref="SweepMachine"/>, writes the journal, and starts and
/// stops trials. One loop owns the state; trials only send it events.</summary>
public sealed class LocalSweep
{
    private readonly SweepJournal journal;
    private readonly ITrialRunner runner;
    private readonly TimeProvider time;
    private readonly Action<SweepState> observe;
    private readonly Channel<SweepEvent> events = Channel.CreateUnbounded<SweepEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<(string Trial, int Lease), (Task Task, CancellationTokenSource Stop)> runs = [];

    /// <param name="journal">The sweep, opened to be run.</param>
    /// <param name="runner">Trains the rungs.</param>
    /// <param name="time">The clock of leases.</param>
    /// <param name="observe">Called with every new state, from the loop.</param>
    public LocalSweep(SweepJournal journal, ITrialRunner runner, TimeProvider time, Action<SweepState> observe)
    {
        this.journal = journal;
        this.runner = runner;
        this.time = time;
        this.observe = observe;
        State = journal.Content.State;
    }

    public SweepState State { get; private set; }

    /// <summary>Tells the sweep of something, from any thread.</summary>
    public void Post(SweepEvent happened) => events.Writer.TryWrite(happened);

    /// <summary>Runs until every trial is over. Cancellation stops the trials and leaves a journal to resume from.</summary>
    /// <exception cref="InputException">A trial found that none can run as things are; the journal is left as by cancellation.</exception>
    public async Task RunAsync(IReadOnlyList<string> slots, CancellationToken cancellationToken)
    {
        try
        {
            // Whatever ran under an earlier process died with it.
            foreach (var slot in State.Trials.Select(t => t.Lease?.Slot).Concat(State.IdleSlots).OfType<string>().Distinct().ToList())
                Handle(new SlotLost(time.GetUtcNow(), slot), cancellationToken);
            foreach (var slot in slots)
                Handle(new SlotOffered(time.GetUtcNow(), slot), cancellationToken);
            using var ticker = new PeriodicTimer(State.Plan.Policy.LeaseTime / 4, time);
            var tick = ticker.WaitForNextTickAsync(cancellationToken).AsTask();
            var arrival = events.Reader.WaitToReadAsync(cancellationToken).AsTask();
            while (!State.IsOver)
            {
                await Task.WhenAny(arrival, tick);
                cancellationToken.ThrowIfCancellationRequested();
                if (arrival.IsCompleted)
                {
                    while (!State.IsOver && events.Reader.TryRead(out var happened))
                        Handle(happened, cancellationToken);
                    arrival = events.Reader.WaitToReadAsync(cancellationToken).AsTask();
                }
                if (tick.IsCompleted)
                {
                    Handle(new TimePassed(time.GetUtcNow()), cancellationToken);
                    tick = ticker.WaitForNextTickAsync(cancellationToken).AsTask();
                }
            }
        }
        finally
        {
            foreach (var run in runs.Values)
                run.Stop.Cancel();
            await Task.WhenAll(runs.Values.Select(run => run.Task));
        }
    }

    private void Handle(SweepEvent happened, CancellationToken cancellationToken)
    {
        var (next, commands) = SweepMachine.Apply(State, happened);
        if (!ReferenceEquals(next, State))
        {
            journal.Append(happened);
            State = next;
            observe(State);
            // The other trials would come to the same.
            if (happened is TrialPreempted { Reason: { } reason })
                throw new InputException(reason);
        }
        foreach (var command in commands)
        {
            if (command is StartRung start)
                Start(start, cancellationToken);
            else if (command is StopLease stop && runs.TryGetValue((stop.Trial, stop.Lease), out var run))
                run.Stop.Cancel();
            else if (command is DiscardTrial discard)
                runner.Discard(discard.Trial);
        }
    }

    private void Start(StartRung rung, CancellationToken cancellationToken)
    {
        foreach (var (lease, run) in runs.Where(r => r.Value.Task.IsCompleted).ToList())
        {
            run.Stop.Dispose();
            runs.Remove(lease);
        }
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        runs[(rung.Trial.Id, rung.Lease)] = (Task.Run(() => RunTrialAsync(rung, stop.Token), CancellationToken.None), stop);
    }

    private async Task RunTrialAsync(StartRung rung, CancellationToken stopped)
    {
        if (await TrialRun.RunAsync(runner, rung, State.Plan.Policy.LeaseTime, time, happened => events.Writer.TryWrite(happened), stopped) is { } end)
            events.Writer.TryWrite(end);
        events.Writer.TryWrite(new SlotOffered(time.GetUtcNow(), rung.Slot));
    }
}
