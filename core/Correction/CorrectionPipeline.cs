using DnaBart.Batching;
using DnaBart.Sequences;

namespace DnaBart.Correction;

/// <summary>What a run of correction did.</summary>
/// <param name="Passes">Passes of the model over drafts of windows; a read of one window takes one at least on each strand.</param>
/// <param name="ModelReads">Reads that took passes of the model; the others were settled without it.</param>
/// <param name="Indels">Bases taken out of reads and put into them.</param>
public sealed record CorrectionSummary(long Reads, long Bases, long ChangedReads, long ChangedBases, long Passes, long ModelReads, long Indels = 0)
{
    /// <summary>0 where there were no reads.</summary>
    public double PassesPerRead => Reads == 0 ? 0 : (double)Passes / Reads;
}

/// <summary>Corrects a stream of reads in order and in bounded memory: one thread reads ahead, workers correct chunks, the calling
/// thread takes the results. What comes out does not depend on the number of workers.</summary>
/// <param name="newCorrector">Makes the corrector of one worker.</param>
/// <param name="workers">Chunks corrected at once.</param>
/// <param name="chunkReads">Reads that are put into batches together.</param>
public sealed class CorrectionPipeline(Func<IReadCorrector> newCorrector, int workers, int chunkReads)
{
    /// <summary>Runs to the end of the reads.</summary>
    /// <param name="consume">Gets every read, in order, on the calling thread.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public CorrectionSummary Run(IEnumerable<Read> reads, Action<CorrectedRead> consume, CancellationToken cancellation)
    {
        long count = 0, bases = 0, changedReads = 0, changedBases = 0, indels = 0;
        var correctors = OrderedPipeline.Run(
            ReadChunks.Of(reads, chunkReads), newCorrector, (corrector, chunk, stop) => corrector.Correct(chunk, stop), Consume, workers, cancellation);
        return new CorrectionSummary(
            count, bases, changedReads, changedBases, correctors.Sum(corrector => corrector.Passes), correctors.Sum(corrector => corrector.ModelReads), indels);

        void Consume(CorrectedRead[] chunk)
        {
            foreach (var read in chunk)
            {
                count++;
                bases += read.Bases.Length;
                changedReads += read.Changed ? 1 : 0;
                changedBases += read.Changes.Count;
                indels += read.Indels;
                consume(read);
            }
        }
    }
}
