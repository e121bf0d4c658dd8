using DnaBart.Correction;
using DnaBart.Sequences;
using DnaBart.Serving;

namespace DnaBart.Silo.Tests;

/// <summary>A correction model that changes nothing, behind a queue that a test fills.</summary>
internal sealed class QueueOnly : IModelServer
{
    /// <summary>Whether newcomers are refused.</summary>
    public bool IsFull { get; set; }

    /// <summary>Called for each part of a request that is accepted.</summary>
    public Action Accepted { get; set; } = static () => { };

    public Task<bool> IsReadyAsync(CancellationToken cancellation) => Task.FromResult(true);

    public Task<IReadOnlyList<ModelStatus>> ListAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ModelStatus>>([new ModelStatus("m", 1, ModelKind.Correction, "", [], [])]);

    public async Task<CorrectedRead[]> CorrectAsync(string model, IReadOnlyList<Read> reads, RequestTerms terms, CancellationToken cancellation)
    {
        if (IsFull && !terms.Continues)
            throw new ServingException(Refusal.QueueFull, "full", TimeSpan.FromSeconds(1));
        Accepted();
        await Task.Yield();
        return [.. reads.Select(read => new CorrectedRead(read, read.Bases, []))];
    }

    public Task<double[][]> ClassifyAsync(string model, IReadOnlyList<byte[]> sequences, RequestTerms terms, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<ModelStatus> LoadAsync(string model, string folder, CancellationToken cancellation) => throw new NotSupportedException();

    public Task UnloadAsync(string model, CancellationToken cancellation) => throw new NotSupportedException();
}
