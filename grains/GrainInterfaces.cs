namespace DnaBart.Grains;

/// <summary>One a silo, pinned to it; the key is the silo's address. Speaks for its slots and replicas.</summary>
[Alias("dnabart.ISiloGrain")]
public interface ISiloGrain : IGrainWithStringKey
{
    [Alias("Report")]
    Task<SiloReport> ReportAsync();

    /// <summary>Keeps a slot for a grain that is about to be placed here; null if none is free.</summary>
    [Alias("Reserve")]
    Task<string?> ReserveAsync(string holder, string group);
}

/// <summary>Sees the whole cluster, from whichever silo is asked.</summary>
[Alias("dnabart.IClusterGrain")]
public interface IClusterGrain : IGrainWithIntegerKey
{
    /// <summary>Asks every silo; those that do not answer within <see cref="ClusterGrain.Patience"/> are reported as such.</summary>
    [Alias("Report")]
    Task<ClusterReport> ReportAsync();
}

/// <summary>A model loaded on one slot. The key is its <see cref="Serving.ReplicaName"/>.</summary>
[Alias("dnabart.IModelReplicaGrain")]
public interface IModelReplicaGrain : IGrainWithStringKey
{
    /// <summary>Loads the model on a free slot of the silo that the grain was placed on.</summary>
    [Alias("Start"), ResponseTimeout(LongWork.Timeout)]
    Task<LoadReply> StartAsync(string folder);

    /// <summary>Corrects reads.</summary>
    [Alias("Correct")]
    Task<ReplicaReply<CorrectedMessage[]>> CorrectAsync(RequestMessage request, ReadsMessage reads, CancellationToken cancellation);

    /// <summary>The probabilities of the classes, [sequences][classes].</summary>
    /// <inheritdoc cref="CorrectAsync"/>
    [Alias("Classify")]
    Task<ReplicaReply<double[][]>> ClassifyAsync(RequestMessage request, byte[][] sequences, CancellationToken cancellation);

    /// <summary>Takes no more, answers what was accepted, then frees model and slot.</summary>
    [Alias("Retire"), ResponseTimeout(LongWork.Timeout)]
    Task RetireAsync();
}

/// <summary>The models that the cluster serves, one grain a cluster (key 0): keeps the wanted version of each on every slot.</summary>
[Alias("dnabart.IModelCatalogueGrain")]
public interface IModelCatalogueGrain : IGrainWithIntegerKey
{
    [Alias("List")]
    Task<ModelEntry[]> ListAsync();

    /// <summary>Loads the next version of a model and swaps it in, slot by slot; returns when it is on every slot. If the folder has no usable
    /// model nothing changes.</summary>
    /// <param name="onlyIfAbsent">Does nothing if there is a model of that name.</param>
    [Alias("Load"), ResponseTimeout(LongWork.Timeout)]
    Task<LoadReply> LoadAsync(string model, string folder, bool onlyIfAbsent);

    /// <summary>Returns when no replica is left; false if there is no such model.</summary>
    [Alias("Unload"), ResponseTimeout(LongWork.Timeout)]
    Task<bool> UnloadAsync(string model);
}

/// <summary>A sweep's coordinator; the key is the sweep's name. Plans, states and events are JSON as in a sweep's journal.</summary>
[Alias("dnabart.ISweepGrain")]
public interface ISweepGrain : IGrainWithStringKey
{
    /// <summary>Starts the sweep; returns a line for the user if that cannot be.</summary>
    [Alias("Start")]
    Task<string?> StartAsync(string plan);

    /// <summary>Where it stands; null if it was never started.</summary>
    [Alias("State")]
    Task<string?> StateAsync();

    /// <summary>Each new state, the present one first, until the sweep is over.</summary>
    [Alias("Watch")]
    IAsyncEnumerable<string> WatchAsync(CancellationToken cancellation = default);

    /// <summary>Stops running trials and starts no more; false if there is no such sweep.</summary>
    [Alias("Cancel")]
    Task<bool> CancelAsync();

    /// <summary>Something happened to a trial. On return it is in storage.</summary>
    /// <param name="trial">The key of the trial's grain.</param>
    [Alias("Report")]
    Task ReportAsync(string happened, string trial);
}

/// <summary>The names of all sweeps, in the order they were started; one grain a cluster (key 0).</summary>
[Alias("dnabart.ISweepIndexGrain")]
public interface ISweepIndexGrain : IGrainWithIntegerKey
{
    [Alias("List")]
    Task<string[]> ListAsync();

    [Alias("Add")]
    Task AddAsync(string sweep);
}

/// <summary>A trial under one lease, pinned to the lease's slot; the key is <see cref="TrialName"/>.</summary>
[Alias("dnabart.ITrialGrain")]
public interface ITrialGrain : IGrainWithStringKey
{
    /// <summary>Takes the slot and starts training, if it does not train yet; false if another training has the slot.</summary>
    /// <param name="rung">The machine's command, as JSON.</param>
    /// <param name="leaseTime">Heartbeats are sent four times in it.</param>
    [Alias("Start")]
    Task<bool> StartAsync(string rung, TimeSpan leaseTime);

    /// <summary>Stops training and frees the slot.</summary>
    [Alias("Stop")]
    Task StopAsync();
}

/// <summary>Calls that last as long as their work does: loading, draining.</summary>
internal static class LongWork
{
    public const string Timeout = "01:00:00";
}
