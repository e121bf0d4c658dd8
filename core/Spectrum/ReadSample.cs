using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>A share of the reads of a stream of unknown length, evenly spread over it, such that about a half to all of a given number of reads, or of bases
/// where reads are long, are kept.</summary>
/// <remarks>Not every n-th read: that would be one of the two mates only. A read's place among multiples of the golden ratio, which spread evenly over the unit interval
/// (Weyl), says whether it is kept.</remarks>
internal sealed class ReadSample(int most, long mostBases)
{
    // 2^64 over the golden ratio.
    private const ulong Step = 0x9e3779b97f4a7c15;

    private readonly List<(ulong Place, Read Read)> kept = [];
    private ulong bound = ulong.MaxValue;
    private ulong next;
    private long bases;

    public IReadOnlyList<Read> Reads => kept.ConvertAll(one => one.Read);

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
        var place = next;
        next += Step;
        if (place > bound)
            return;
        kept.Add((place, read));
        bases += read.Bases.Length;
        while (kept.Count > 1 && (kept.Count > most || bases > mostBases))
            Halve();
    }

    private void Halve()
    {
        bound /= 2;
        kept.RemoveAll(one => one.Place > bound);
        bases = kept.Sum(one => (long)one.Read.Bases.Length);
    }
}
