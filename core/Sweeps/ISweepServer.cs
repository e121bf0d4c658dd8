namespace DnaBart.Sweeps;

/// <summary>Runs sweeps for callers: a single node in its own process, a cluster on all its silos.</summary>
public interface ISweepServer
{
    /// <summary>All sweeps, in the order they were started; on a single node those of an earlier process come first.</summary>
    Task<IReadOnlyList<SweepState>> ListAsync(CancellationToken cancellation);

    /// <summary>Starts a sweep under its plan's name.</summary>
    /// <exception cref="IO.InputException">The plan is not valid, or there is such a sweep already.</exception>
    Task<SweepState> StartAsync(SweepPlan plan, CancellationToken cancellation);

    /// <summary>Where a sweep stands; null if there is none of that name.</summary>
    Task<SweepState?> FindAsync(string name, CancellationToken cancellation);

    /// <summary>Each new state of a sweep, the present one first, until it is over; nothing if there is none of that name.</summary>
    IAsyncEnumerable<SweepState> WatchAsync(string name, CancellationToken cancellation);

    /// <summary>Stops running trials and starts no more; on return that is in storage. False if there is no such sweep.</summary>
    Task<bool> CancelAsync(string name, CancellationToken cancellation);
}

/// <summary>Where sweeps keep what outlives a process: in a cluster, storage that all silos share.</summary>
public interface ISweepStorage
{
    /// <summary>Makes a sweep's place and writes its plan there; again, with the same plan, it does nothing.</summary>
    /// <exception cref="IO.InputException">The name is no folder's name, or there is another sweep of that name.</exception>
    void Create(SweepPlan plan);

    /// <summary>What trains the sweep's trials on this machine.</summary>
    ITrialRunner Runner(string sweep);

    /// <summary>Keeps the end of a sweep beside its results, so that they can be reported from there.</summary>
    void Finish(SweepState state);
}
