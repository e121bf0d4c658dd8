using DnaBart.Correction;
using DnaBart.Sequences;

namespace DnaBart.Serving;

/// <summary>Serves models by name: a single node from its own replicas, a cluster from those of all its silos.</summary>
public interface IModelServer
{
    /// <summary>Whether requests should be sent to this process: it has a model that takes them. Asked for by probes, every few seconds and of every process:
    /// one that has device slots of its own must not wait for others of a cluster.</summary>
    Task<bool> IsReadyAsync(CancellationToken cancellation);

    /// <summary>The models loaded, by name.</summary>
    Task<IReadOnlyList<ModelStatus>> ListAsync(CancellationToken cancellation);

    /// <summary>Corrects a chunk of reads; each result depends on its read alone.</summary>
    /// <param name="model">A correction model's name.</param>
    /// <exception cref="ServingException">The request was refused; the kind says why.</exception>
    Task<CorrectedRead[]> CorrectAsync(string model, IReadOnlyList<Read> reads, RequestTerms terms, CancellationToken cancellation);

    /// <summary>The probability of each class for each sequence, [sequences][classes], in their order.</summary>
    /// <param name="model">A classification model's name.</param>
    /// <param name="sequences">Bases, IUPAC letters in either case.</param>
    /// <exception cref="ServingException">The request was refused; the kind says why.</exception>
    Task<double[][]> ClassifyAsync(string model, IReadOnlyList<byte[]> sequences, RequestTerms terms, CancellationToken cancellation);

    /// <summary>Loads a model, or the next version of one: requests go to the old version until the new one is ready, and what it has
    /// accepted it still answers.</summary>
    /// <exception cref="IO.InputException">The folder holds no usable model; what was loaded before still serves.</exception>
    Task<ModelStatus> LoadAsync(string model, string folder, CancellationToken cancellation);

    /// <summary>Takes no more requests for a model, answers those accepted, then frees it.</summary>
    /// <exception cref="ServingException">There is no such model.</exception>
    Task UnloadAsync(string model, CancellationToken cancellation);
}
