using DnaBart.Batching;
using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>Adds up what the reads of a sample show, on several threads.</summary>
internal static class SampleTally
{
    // A sample has some thousands of reads.
    private const int ChunkReads = 256;

    /// <param name="newTally">A tally of one thread.</param>
    /// <param name="add">Adds one read to it.</param>
    /// <param name="threads">Does not change the sum of the tallies.</param>
    /// <returns>The tallies, to be summed.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static IReadOnlyCollection<TTally> Of<TTally>(
        IReadOnlyList<Read> sample, Func<TTally> newTally, Action<TTally, Read> add, int threads, CancellationToken cancellation) =>
        OrderedPipeline.Run(
            ReadChunks.Of(sample, ChunkReads),
            newTally,
            (tally, chunk, token) =>
            {
                foreach (var read in chunk)
                {
                    token.ThrowIfCancellationRequested();
                    add(tally, read);
                }
                return 0;
            },
            _ => { },
            threads, cancellation);

    /// <summary>Cell by cell.</summary>
    public static long[] Sum<TTally>(IReadOnlyCollection<TTally> tallies, Func<TTally, long[]> cellsOf, int cells)
    {
        var sum = new long[cells];
        foreach (var tally in tallies)
        {
            var of = cellsOf(tally);
            for (var i = 0; i < cells; i++)
                sum[i] += of[i];
        }
        return sum;
    }
}
