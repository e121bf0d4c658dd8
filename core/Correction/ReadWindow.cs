using DnaBart.Sequences;

namespace DnaBart.Correction;

/// <summary>A stretch of a read that the model sees at once. Windows of a long read overlap by half; each base is taken from the
/// window in which it lies furthest from an end, where the model knows least.</summary>
internal sealed class ReadWindow
{
    private const int LowerCase = 0x20;
    private const byte NotChanged = 0;

    private readonly Read read;
    private readonly int start, centreStart, centreEnd;
    private readonly byte[] accepted;
    private readonly double[] modelLogOdds;

    private ReadWindow(int readIndex, Read read, int start, int length, int centreStart, int centreEnd) =>
        (ReadIndex, this.read, this.start, this.centreStart, this.centreEnd, accepted, modelLogOdds) =
            (readIndex, read, start, centreStart, centreEnd, new byte[length], new double[length]);

    public int ReadIndex { get; }
    public int Length => accepted.Length;
    public ReadOnlySpan<byte> Bases => read.Bases.AsSpan(start, Length);
    public ReadOnlySpan<byte> Quality => read.Quality.AsSpan(start, Length);

    /// <summary>Takes over the proposed bases of a stretch.</summary>
    /// <param name="proposed">Upper-case bases of the whole window.</param>
    /// <param name="logOdds">What the model said for them.</param>
    public void Accept(Range stretch, byte[] proposed, double logOdds)
    {
        proposed.AsSpan(stretch).CopyTo(accepted.AsSpan(stretch));
        modelLogOdds.AsSpan(stretch).Fill(logOdds);
    }

    /// <summary>Cuts a read into windows of equal length, the shorter the better they overlap; none for an empty read.</summary>
    public static IEnumerable<ReadWindow> Cut(int readIndex, Read read, int longest)
    {
        var total = read.Bases.Length;
        if (total == 0)
            yield break;
        if (total <= longest)
        {
            yield return new ReadWindow(readIndex, read, 0, total, 0, total);
            yield break;
        }
        var count = 1 + (int)Math.Ceiling((total - longest) / (longest / 2.0));
        int Start(int window) => (int)((long)(total - longest) * window / (count - 1));
        // Half-way through the overlap with the neighbour.
        int Border(int window) => (Start(window) + longest + Start(window + 1)) / 2;
        for (var i = 0; i < count; i++)
            yield return new ReadWindow(readIndex, read, Start(i), longest, i == 0 ? 0 : Border(i - 1), i == count - 1 ? total : Border(i));
    }

    /// <summary>Writes the bases that this window is responsible for and that changed, in the letter case of the read.</summary>
    public void WriteCentre(byte[] target, List<BaseChange> changes)
    {
        for (var i = centreStart; i < centreEnd; i++)
        {
            var (before, after) = (read.Bases[i], accepted[i - start]);
            if (after == NotChanged || (before & ~LowerCase) == after || Nucleotides.Code(before) < 0)
                continue;
            target[i] = (byte)(after | (before & LowerCase));
            changes.Add(new BaseChange(i, modelLogOdds[i - start]));
        }
    }
}
