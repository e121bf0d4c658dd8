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

    /// <summary>Cells that lie row by row.</summary>
    public static long[][] Rows(long[] cells, int rows) => [.. cells.Chunk(cells.Length / rows)];

    /// <summary>Cell by cell.</summary>
    public static long[] SumRows(IReadOnlyList<long[]> rows)
    {
        var sum = new long[rows[0].Length];
        foreach (var row in rows)
        {
            for (var i = 0; i < sum.Length; i++)
                sum[i] += row[i];
        }
        return sum;
    }

    /// <summary>The least value that half of all counted are at or below.</summary>
    public static int Median(ReadOnlySpan<long> counts)
    {
        var total = 0L;
        foreach (var count in counts)
            total += count;
        var (value, below) = (0, counts[0]);
        while (2 * below < total)
            below += counts[++value];
        return value;
    }

    /// <summary>The sum of what the tallies hold, cell by cell; zeros of no tally.</summary>
    public static long[] Sum<TTally>(IReadOnlyCollection<TTally> tallies, Func<TTally, long[]> cellsOf, int cells) =>
        SumRows([new long[cells], .. tallies.Select(cellsOf)]);
}
