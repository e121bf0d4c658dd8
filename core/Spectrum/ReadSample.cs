using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>Every n-th read of a stream of unknown length, n such that between a half and all of a given number of reads, or of bases where reads are
/// long, are kept.</summary>
internal sealed class ReadSample(int most, long mostBases)
{
    private readonly List<Read> reads = [];
    private long stride = 1;
    private long seen;
    private long bases;

    public IReadOnlyList<Read> Reads => reads;

    /// <summary>Passes reads on, and samples them on the way.</summary>
    public IEnumerable<Read> Watch(IEnumerable<Read> stream)
    {
        foreach (var read in stream)
        {
            Offer(read);
            yield return read;
        }
    }

    private void Offer(Read read)
    {
        if (seen++ % stride != 0)
            return;
        reads.Add(read);
        bases += read.Bases.Length;
        if (reads.Count < most && (bases < mostBases || reads.Count == 1))
            return;
        for (var i = 0; 2 * i < reads.Count; i++)
            reads[i] = reads[2 * i];
        reads.RemoveRange((reads.Count + 1) / 2, reads.Count / 2);
        bases = reads.Sum(kept => (long)kept.Bases.Length);
        stride *= 2;
    }
}
