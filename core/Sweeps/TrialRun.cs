namespace DnaBart.Sweeps;

/// <summary>Trains rungs. One implementation finetunes; tests have deterministic ones.</summary>
public interface ITrialRunner
{
    /// <summary>Trains a rung of a trial from its last checkpoint, or from the start, on the slot named.</summary>
    /// <param name="rung">What to train, how far, and where.</param>
    /// <param name="heartbeat">To be called now and then, as often as is convenient, while the training gets on.</param>
    /// <param name="cancellationToken">Cancelled when the lease has ended; the result no longer matters.</param>
    /// <exception cref="TrialPreemptedException">The slot was taken away: the trial is run again and that is no failure.</exception>
    /// <exception cref="TrialBlockedException">Someone must act before trials of the sweep can run: neither is that a failure.</exception>
    Task<TrialOutcome> RunAsync(StartRung rung, Action heartbeat, CancellationToken cancellationToken);

    /// <summary>Deletes the checkpoints of a trial that goes on no more. What cannot be deleted stays.</summary>
    void Discard(string trial);
}

/// <summary>A trial had to leave its slot through no fault of its own.</summary>
public sealed class TrialPreemptedException(string message) : Exception(message);

/// <summary>No trial of the sweep can run as things are, for a reason that is none of the trials'.</summary>
/// <param name="message">One line for the user: what it is, and what to do.</param>
public sealed class TrialBlockedException(string message) : Exception(message);

/// <summary>Runs a rung and says what became of it in the machine's terms.</summary>
public static class TrialRun
{
    /// <summary>Runs the rung.</summary>
    /// <param name="leaseTime">Heartbeats are sent four times in it at most.</param>
    /// <param name="beat">Gets the heartbeats, from any thread.</param>
    /// <param name="stopped">Cancelled when the lease is over.</param>
    /// <returns>Its end; null when it was stopped: then its lease is over, and the machine knows.</returns>
    public static async Task<SweepEvent?> RunAsync(
        ITrialRunner runner, StartRung rung, TimeSpan leaseTime, TimeProvider time, Action<Heartbeat> beat, CancellationToken stopped)
    {
        var id = rung.Trial.Id;
        var lastHeartbeat = time.GetTimestamp();
        void Beat()
        {
            if (time.GetElapsedTime(lastHeartbeat) < leaseTime / 4)
                return;
            lastHeartbeat = time.GetTimestamp();
            beat(new Heartbeat(time.GetUtcNow(), id, rung.Lease));
        }

        try
        {
            var outcome = await runner.RunAsync(rung, Beat, stopped);
            return new RungCompleted(time.GetUtcNow(), id, rung.Lease, rung.Rung, outcome);
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            return null;
        }
        catch (TrialPreemptedException)
        {
            return new TrialPreempted(time.GetUtcNow(), id, rung.Lease);
        }
        catch (TrialBlockedException e)
        {
            return new TrialPreempted(time.GetUtcNow(), id, rung.Lease, e.Message);
        }
        catch (Exception e)
        {
            return new TrialFailed(time.GetUtcNow(), id, rung.Lease, e.Message);
        }
    }
}
