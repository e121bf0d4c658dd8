using DnaBart.Correction;
using DnaBart.Sequences;
using DnaBart.Serving;

namespace DnaBart.Silo.Serving;

/// <summary>A classification model behind a batch worker.</summary>
internal sealed class ClassificationReplica(IDisposable model, IReadOnlyList<string> labels, string device, BatchWorker<byte[], double[]> worker)
    : IModelReplica
{
    public ModelKind Kind => ModelKind.Classification;

    public IReadOnlyList<string> Labels { get; } = labels;

    public string Device { get; } = device;

    public long QueuedBases => worker.QueuedBases;

    public Task<CorrectedRead[]> CorrectAsync(IReadOnlyList<Read> reads, RequestTerms terms, CancellationToken cancellation) =>
        throw new ServingException(Refusal.WrongKind, "this model classifies sequences; to correct reads, name a correction model");

    public Task<double[][]> ClassifyAsync(IReadOnlyList<byte[]> sequences, RequestTerms terms, CancellationToken cancellation) =>
        worker.SubmitAsync(sequences, terms, cancellation);

    public async ValueTask DisposeAsync()
    {
        await worker.DisposeAsync();
        model.Dispose();
    }
}
