using System.Runtime.CompilerServices;
using System.Text.Json;
using DnaBart.IO;
using DnaBart.Sweeps;
using Orleans.Runtime;

namespace DnaBart.Grains.Sweeps;

/// <summary>The cluster's sweeps, for a silo's HTTP API and for an Orleans client.</summary>
public sealed class ClusterSweepServer(IGrainFactory grains) : ISweepServer
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SweepState>> ListAsync(CancellationToken cancellation)
    {
        var names = await grains.GetGrain<ISweepIndexGrain>(0).ListAsync().WaitAsync(cancellation);
        var states = await Task.WhenAll(names.Select(name => FindAsync(name, cancellation)));
        return [.. states.OfType<SweepState>()];
    }

    /// <inheritdoc/>
    public async Task<SweepState> StartAsync(SweepPlan plan, CancellationToken cancellation)
    {
        plan.Validate();
        if (new[] { plan.Name }.Concat(plan.Trials.Select(trial => trial.Id)).FirstOrDefault(name => name.Contains('|')) is { } bad)
            throw new InputException($"{bad}: a name may not have a |");
        if (await grains.GetGrain<ISweepGrain>(plan.Name).StartAsync(JsonSerializer.Serialize(plan, SweepJournal.Json)).WaitAsync(cancellation) is { } problem)
            throw new InputException(problem);
        return (await FindAsync(plan.Name, cancellation))!;
    }

    /// <inheritdoc/>
    public async Task<SweepState?> FindAsync(string name, CancellationToken cancellation) =>
        await grains.GetGrain<ISweepGrain>(name).StateAsync().WaitAsync(cancellation) is { } state ? Parse(state) : null;

    /// <inheritdoc/>
    /// <remarks>When the coordinator moves to another silo, watching goes on there.</remarks>
    public async IAsyncEnumerable<SweepState> WatchAsync(string name, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string? last = null;
        while (true)
        {
            await using var states = grains.GetGrain<ISweepGrain>(name).WatchAsync(cancellation).GetAsyncEnumerator(cancellation);
            while (true)
            {
                try
                {
                    if (!await states.MoveNextAsync())
                        yield break;
                }
                catch (Exception e) when (e is OrleansException or TimeoutException or EnumerationAbortedException)
                {
                    break;
                }
                if (states.Current != last)
                    yield return Parse(last = states.Current);
            }
            await Task.Delay(Pause, cancellation);
        }
    }

    /// <inheritdoc/>
    public Task<bool> CancelAsync(string name, CancellationToken cancellation) => grains.GetGrain<ISweepGrain>(name).CancelAsync().WaitAsync(cancellation);

    private static SweepState Parse(string state) => JsonSerializer.Deserialize<SweepState>(state, SweepJournal.Json)!;
}
