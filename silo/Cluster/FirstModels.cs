using DnaBart.Grains.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DnaBart.Silo.Cluster;

/// <summary>Has the cluster load the models that a silo was started with, where it has none of the name, and says so where it serves another folder
/// under the name.</summary>
/// <param name="models">The silo's.</param>
/// <param name="hasSlots">Whether the silo has slots itself: one without may well be the first of a cluster, which has none yet to load a model on.</param>
internal sealed partial class FirstModels(
    ClusterModelServer server, IReadOnlyList<ModelFolder> models, bool hasSlots, ILogger<FirstModels> log, TimeProvider time) : IHostedService
{
    /// <summary>A mistake shows within this, and ends the start. Then the silo begins to listen, though it is not ready, and goes on with its start: other
    /// models of the cluster must not wait for a storage that hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource stop = new();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var loads = models.Select(model => (Model: model, Done: LoadAsync(model))).ToList();
        await Task.WhenAny(Task.WhenAll(loads.Select(load => load.Done)), Task.Delay(Patience, time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var (model, done) in loads)
        {
            if (done.IsCompleted && (hasSlots || !done.IsFaulted))
                await done;
            else
                _ = GoOnAsync(model, done);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => stop.CancelAsync();

    private async Task GoOnAsync(ModelFolder model, Task load)
    {
        while (true)
        {
            await load.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (load.IsCompletedSuccessfully || stop.IsCancellationRequested)
                return;
            LogProblem(model.Name, load.Exception!.InnerException!.Message);
            await Task.Delay(RetryAfter, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            load = LoadAsync(model);
        }
    }

    private async Task LoadAsync(ModelFolder model)
    {
        var folder = Path.GetFullPath(model.Folder);
        var served = await server.LoadAsync(model.Name, folder, onlyIfAbsent: true, stop.Token);
        if (served.Folder != folder)
            LogOther(model.Name, model.Folder, served.Version, served.Folder, folder);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "--model {Model} is not loaded, which is tried again: {Problem}")]
    private partial void LogProblem(string model, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "--model {Model}={Asked} is not served: the cluster has version {Version} of {Folder} under that name. "
        + "To change it for all silos: PUT /v1/models/{Model} with {{\"folder\": \"{Wanted}\"}} at an --admin-url")]
    private partial void LogOther(string model, string asked, int version, string folder, string wanted);
}
