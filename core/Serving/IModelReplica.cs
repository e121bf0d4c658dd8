using DnaBart.Correction;
using DnaBart.Sequences;

namespace DnaBart.Serving;

/// <summary>A model loaded on one device, with a bounded queue before it. Disposing it drains: it takes no more, answers what it has
/// accepted, and frees the model.</summary>
public interface IModelReplica : IAsyncDisposable
{
    ModelKind Kind { get; }

    /// <summary>As <see cref="ModelStatus.Labels"/>.</summary>
    IReadOnlyList<string> Labels { get; }

    /// <summary>Such as <c>cpu</c> or <c>cuda:0</c>.</summary>
    string Device { get; }

    /// <summary>Bases accepted and not yet answered: how busy it is.</summary>
    long QueuedBases { get; }

    /// <inheritdoc cref="IModelServer.CorrectAsync"/>
    Task<CorrectedRead[]> CorrectAsync(IReadOnlyList<Read> reads, RequestTerms terms, CancellationToken cancellation);

    /// <inheritdoc cref="IModelServer.ClassifyAsync"/>
    Task<double[][]> ClassifyAsync(IReadOnlyList<byte[]> sequences, RequestTerms terms, CancellationToken cancellation);
}

/// <summary>Loads models on this machine's device slots.</summary>
public interface IReplicaLoader
{
    /// <summary>Loads a folder on a device; the folder says what kind of model it is. Heavy work, done on another thread.</summary>
    /// <param name="model">The name that measurements carry.</param>
    /// <param name="device">Such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <exception cref="IO.InputException">The folder holds no usable model.</exception>
    Task<IModelReplica> LoadAsync(string model, string folder, string device, CancellationToken cancellation);
}
