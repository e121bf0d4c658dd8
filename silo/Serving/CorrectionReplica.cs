using DnaBart.Correction;
using DnaBart.Sequences;
using DnaBart.Serving;

namespace DnaBart.Silo.Serving;

/// <summary>A correction model behind a batch worker.</summary>
internal sealed class CorrectionReplica(IDisposable model, string device, BatchWorker<Read, CorrectedRead> worker) : IModelReplica
{
    public ModelKind Kind => ModelKind.Correction;

    public IReadOnlyList<string> Labels => [];

    public string Device { get; } = device;

    public long QueuedBases => worker.QueuedBases;

    public Task<CorrectedRead[]> CorrectAsync(IReadOnlyList<Read> reads, RequestTerms terms, CancellationToken cancellation) =>
        worker.SubmitAsync(reads, terms, cancellation);

    public Task<double[][]> ClassifyAsync(IReadOnlyList<byte[]> sequences, RequestTerms terms, CancellationToken cancellation) =>
        throw new ServingException(Refusal.WrongKind, "this model corrects reads; to classify, name a classification model");

    public async ValueTask DisposeAsync()
    {
        await worker.DisposeAsync();
        model.Dispose();
    }
}
