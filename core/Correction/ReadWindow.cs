using DnaBart.Sequences;

namespace DnaBart.Correction;

/// <summary>A stretch of one strand of a read that the model sees at once. Windows of a long read overlap by half; each base is taken from
/// the window in which it lies furthest from an end, where the model knows least.</summary>
internal sealed class ReadWindow
{
    private readonly byte[] strand;
    private readonly bool reverse;
    private readonly int start, centreStart, centreEnd;
    private readonly ReadOnlyMemory<byte> bases;

    private ReadWindow(int readIndex, byte[] strand, bool reverse, int start, ReadOnlyMemory<byte> bases, int centreStart, int centreEnd) =>
        (ReadIndex, this.strand, this.reverse, this.start, this.bases, this.centreStart, this.centreEnd) =
            (readIndex, strand, reverse, start, bases, centreStart, centreEnd);

    private ReadWindow(int readIndex, byte[] strand, bool reverse, int start, int length, int centreStart, int centreEnd)
        : this(readIndex, strand, reverse, start, strand.AsMemory(start, length), centreStart, centreEnd) { }

    public int ReadIndex { get; }
    public int Length => bases.Length;
    public ReadOnlySpan<byte> Bases => bases.Span;

    /// <summary>Whether it reaches to the end of its strand.</summary>
    public bool EndsStrand => start + Length >= strand.Length;

    /// <summary>Cuts a read into windows of equal length, the shorter the better they overlap; none for an empty read.</summary>
    /// <param name="reverse">Takes its reverse complement.</param>
    public static IEnumerable<ReadWindow> Cut(int readIndex, byte[] bases, int longest, bool reverse)
    {
        var total = bases.Length;
        if (total == 0)
            yield break;
        var strand = reverse ? Nucleotides.ReverseComplement(bases) : bases;
        if (total <= longest)
        {
            yield return new ReadWindow(readIndex, strand, reverse, 0, total, 0, total);
            yield break;
        }
        var count = 1 + (int)Math.Ceiling((total - longest) / (longest / 2.0));
        int Start(int window) => (int)((long)(total - longest) * window / (count - 1));
        // Half-way through the overlap with the neighbour.
        int Border(int window) => (Start(window) + longest + Start(window + 1)) / 2;
        for (var i = 0; i < count; i++)
        {
            yield return new ReadWindow(readIndex, strand, reverse, Start(i), longest,
                i == 0 ? 0 : Border(i - 1), i == count - 1 ? total : Border(i));
        }
    }

    /// <summary>A window that ends its strand, with bases behind it; they are no part of the read.</summary>
    public ReadWindow ContinuedBy(ReadOnlySpan<byte> continuation) =>
        new(ReadIndex, strand, reverse, start, (byte[])[.. Bases, .. continuation], centreStart, centreEnd);

    /// <summary>The bases of a stretch that change and that this window is responsible for, on the read's own strand.</summary>
    /// <param name="proposed">Upper-case bases of the whole window.</param>
    public List<ProposedBase> ChangesOf(DifferingStretch stretch, byte[] proposed)
    {
        var changes = new List<ProposedBase>();
        for (var i = Math.Max(start + stretch.Start, centreStart); i < Math.Min(start + stretch.End, centreEnd); i++)
        {
            var (before, after) = (Nucleotides.Code(strand[i]), Nucleotides.Code(proposed[i - start]));
            if (before < 0 || after < 0 || before == after)
                continue;
            // Codes of partners add up to 3.
            changes.Add(reverse ? new ProposedBase(strand.Length - 1 - i, 3 - after) : new ProposedBase(i, after));
        }
        return changes;
    }
}
