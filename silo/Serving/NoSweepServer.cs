using DnaBart.IO;
using DnaBart.Sweeps;

namespace DnaBart.Silo.Serving;

/// <summary>The sweeps of a server that was given no folder for them: there are none, and none can be started.</summary>
internal sealed class NoSweepServer : ISweepServer
{
    public Task<IReadOnlyList<SweepState>> ListAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<SweepState>>([]);

    public Task<SweepState> StartAsync(SweepPlan plan, CancellationToken cancellation) =>
        throw new InputException("this server keeps no sweeps: start it with --sweeps, a folder for them");

    public Task<SweepState?> FindAsync(string name, CancellationToken cancellation) => Task.FromResult<SweepState?>(null);

    public IAsyncEnumerable<SweepState> WatchAsync(string name, CancellationToken cancellation) => AsyncEnumerable.Empty<SweepState>();

    public Task<bool> CancelAsync(string name, CancellationToken cancellation) => Task.FromResult(false);
}
