using DnaBart.Sequences;

namespace DnaBart.Batching;

/// <summary>Cuts a stream of reads into pieces of work.</summary>
public static class ReadChunks
{
    // Of short reads a chunk's number is soon reached; of long ones so many would fill the memory.
    private const long MostBases = 4_000_000;

    /// <summary>Chunks of a number of reads, or of fewer once they have some million bases together; of an even number, so that mates stay together.</summary>
    /// <param name="mostReads">Reads of a chunk; even.</param>
    public static IEnumerable<Read[]> Of(IEnumerable<Read> reads, int mostReads)
    {
        var chunk = new List<Read>(mostReads);
        var bases = 0L;
        foreach (var read in reads)
        {
            chunk.Add(read);
            bases += read.Bases.Length;
            if (chunk.Count < mostReads && (bases < MostBases || chunk.Count % 2 != 0))
                continue;
            yield return [.. chunk];
            chunk.Clear();
            bases = 0;
        }
        if (chunk.Count > 0)
            yield return [.. chunk];
    }
}
