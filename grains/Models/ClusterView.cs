using DnaBart.Serving;

namespace DnaBart.Grains.Models;

/// <summary>What a silo or client knows of the cluster: a report of the last moments, asked for again in the background as it is used.
/// Thread-safe.</summary>
public sealed class ClusterView(IGrainFactory grains, TimeProvider time)
{
    /// <summary>So old may a report be that is used.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromMilliseconds(500);

    private readonly Lock guard = new();
    private Task<ClusterReport> asking = Task.FromResult(new ClusterReport([]));
    private ClusterReport? last;
    private long askedAt;

    /// <summary>The last report; the first time, waits for it.</summary>
    public ValueTask<ClusterReport> GetAsync()
    {
        var next = Ask(Freshness);
        return last is { } known ? ValueTask.FromResult(known) : new ValueTask<ClusterReport>(next);
    }

    /// <summary>A report that was asked for after this call, or is being asked for.</summary>
    public Task<ClusterReport> RefreshAsync() => Ask(TimeSpan.Zero);

    /// <summary>The replicas of a model that take requests.</summary>
    public static IReadOnlyList<ReplicaReport> Serving(ClusterReport report, string model) =>
        [.. report.Silos.SelectMany(silo => silo.Replicas).Where(replica => replica.State == ReplicaState.Serving && ReplicaName.Parse(replica.Name).Model == model)];

    private Task<ClusterReport> Ask(TimeSpan maxAge)
    {
        lock (guard)
        {
            if (asking.IsCompleted && (last is null || time.GetElapsedTime(askedAt) >= maxAge))
            {
                askedAt = time.GetTimestamp();
                // Not under the lock, nor in a grain's turn: others wait for it.
                asking = Task.Run(AskAsync);
            }
            return asking;
        }
    }

    private async Task<ClusterReport> AskAsync() => last = await grains.GetGrain<IClusterGrain>(0).ReportAsync();
}
