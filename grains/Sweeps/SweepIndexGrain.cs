using Orleans.Runtime;

namespace DnaBart.Grains.Sweeps;

/// <summary>What the index remembers.</summary>
[GenerateSerializer, Alias("dnabart.sweep-index")]
public sealed class SweepIndexState
{
    [Id(0)]
    public List<string> Sweeps { get; set; } = [];
}

/// <inheritdoc cref="ISweepIndexGrain"/>
internal sealed class SweepIndexGrain([PersistentState("sweeps", ClusterHosting.Storage)] IPersistentState<SweepIndexState> memory) : Grain, ISweepIndexGrain
{
    public Task<string[]> ListAsync() => Task.FromResult(memory.State.Sweeps.ToArray());

    public async Task AddAsync(string sweep)
    {
        if (memory.State.Sweeps.Contains(sweep))
            return;
        memory.State.Sweeps.Add(sweep);
        try
        {
            await memory.WriteStateAsync();
        }
        catch
        {
            // Whoever tries again finds it to be added still.
            memory.State.Sweeps.Remove(sweep);
            throw;
        }
    }
}
