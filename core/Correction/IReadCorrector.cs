using DnaBart.Sequences;

namespace DnaBart.Correction;

/// <summary>Corrects substitutions in reads. An instance belongs to one thread.</summary>
public interface IReadCorrector
{
    /// <summary>Passes of a model over drafts of windows so far; 0 where no model has part in it.</summary>
    long Passes { get; }

    /// <summary>Reads that a model was asked about so far.</summary>
    long ModelReads { get; }

    /// <summary>Corrects a chunk of reads; each result depends on its read alone.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    CorrectedRead[] Correct(IReadOnlyList<Read> reads, CancellationToken cancellation = default);
}
