using Orleans.Concurrency;
using Orleans.Runtime;

namespace DnaBart.Grains;

/// <inheritdoc cref="IClusterGrain"/>
[StatelessWorker(1), Reentrant]
internal sealed class ClusterGrain(IClusterMembershipService membership) : Grain, IClusterGrain
{
    /// <summary>A silo that takes longer to say how it is, is not one to send work to.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<ClusterReport> ReportAsync() => new(await Task.WhenAll(membership.CurrentSnapshot.Members.Values
        .Where(member => member.Status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping)
        .OrderBy(member => member.Name).Select(AskAsync)));

    private async Task<SiloReport> AskAsync(ClusterMember member)
    {
        var address = member.SiloAddress.ToParsableString();
        var silent = new SiloReport(address, member.Name, false, [], []);
        // It has nothing to offer any more, but its trainings have yet to say themselves that they were preempted.
        if (member.Status != SiloStatus.Active)
            return silent;
        try
        {
            return await GrainFactory.GetGrain<ISiloGrain>(address).ReportAsync().WaitAsync(Patience);
        }
        catch (Exception e) when (e is TimeoutException or OrleansException)
        {
            return silent;
        }
    }
}
