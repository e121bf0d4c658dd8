using DnaBart.Sequences;

namespace DnaBart.Alignment;

/// <summary>What a read would be without errors, and which of its bases stands for which of the truth's.</summary>
public sealed class ReadTruth
{
    private const byte LowerCase = 0x20;

    // Two mismatches. Of reads with substitutions only, 13 in 4,000 (miseq) come by chance to a better score with gaps, none to so much better a one.
    private const int LeastGainOfGaps = 2 * (BandedAlignment.Match - BandedAlignment.Mismatch);

    private readonly int[] path;
    private readonly bool hasGaps, isWhole;

    // Bases at the ends of the read whose truth is not known.
    private readonly int head, tail;

    /// <param name="bases">The true bases (upper case), in the direction of the read.</param>
    /// <param name="path">For each base of the read its place in <paramref name="bases"/>, <see cref="BandedAlignment.Inserted"/> or
    /// <see cref="BandedAlignment.Clipped"/>.</param>
    /// <param name="whole">Whether <paramref name="bases"/> are the truth of the whole read, of which no end is clipped.</param>
    internal ReadTruth(byte[] bases, int[] path, bool whole)
    {
        (Bases, this.path, isWhole, hasGaps) =
            (bases, path, whole, path.Count(place => place >= 0) < bases.Length || path.Contains(BandedAlignment.Inserted));
        if (!whole)
        {
            head = path.TakeWhile(place => place == BandedAlignment.Clipped).Count();
            tail = path.Reverse().TakeWhile(place => place == BandedAlignment.Clipped).Count();
        }
    }

    /// <summary>The true bases of the aligned part, in the direction of the read.</summary>
    public byte[] Bases { get; }

    /// <summary>Aligns a read to its known truth of any length, end to end. Where they are as long, base stands for base, unless an insertion and a deletion
    /// with what is shifted between them are a much better explanation.</summary>
    public static ReadTruth Align(byte[] truth, byte[] read)
    {
        var (bases, seen) = (AsDna(truth), AsDna(read));
        return new ReadTruth(bases, BaseForBase(bases, seen) ?? AlignWhole(seen, bases).Path, whole: true);
    }

    /// <summary>What a version of the read shows for each base of the truth: the base, or 0 where it lacks it or has an inserted base
    /// before it.</summary>
    /// <param name="version">The read itself, or the read after correction.</param>
    public byte[] Observe(byte[] version)
    {
        // Around a gap, a correction may change which base stands for which.
        var letters = AsDna(version);
        var own = hasGaps || version.Length != path.Length ? Realign(letters) : path;
        var seen = new byte[Bases.Length];
        for (var i = 0; i < own.Length; i++)
        {
            if (own[i] >= 0 && (i == 0 || own[i - 1] != BandedAlignment.Inserted))
                seen[own[i]] = letters[i];
        }
        return seen;
    }

    /// <summary>The fewest edits that make a version of the read of the truth; clipped ends do not count.</summary>
    /// <param name="version">The read itself, or the read after correction, whose ends are taken to be the same.</param>
    public EditCounts CountEdits(byte[] version) =>
        EditCounts.Between(Bases, AsDna(version.AsSpan(Math.Min(head, version.Length)..Math.Max(head, version.Length - tail))));

    /// <summary>For each base of the read whether it is another than the truth's, is inserted, or is the first behind a deletion; clipped
    /// ends differ nowhere.</summary>
    public bool[] Differences(byte[] read)
    {
        var differs = new bool[path.Length];
        for (var i = 0; i < path.Length; i++)
        {
            differs[i] = path[i] switch
            {
                BandedAlignment.Clipped => false,
                BandedAlignment.Inserted => true,
                var place => Bases[place] != AsDna(read[i]) || (i > 0 && path[i - 1] >= 0 && place > path[i - 1] + 1),
            };
        }
        return differs;
    }

    /// <summary>For each base of the truth the position in the read that shows it; for one that the read lacks, the next one shown.</summary>
    public int[] ReadPositions()
    {
        var positions = new int[Bases.Length];
        Array.Fill(positions, -1);
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] >= 0)
                positions[path[i]] = i;
        }
        for (var j = positions.Length - 2; j >= 0; j--)
        {
            if (positions[j] < 0)
                positions[j] = positions[j + 1];
        }
        return positions;
    }

    /// <summary>Whether a base of the truth is one of A, C, G, T, so that a read can be right or wrong about it.</summary>
    public bool IsKnown(int place) => Nucleotides.Code(Bases[place]) >= 0;

    private int[] Realign(byte[] version)
    {
        if (isWhole)
            return AlignWhole(version, Bases).Path;
        var clipped = Math.Max(0, Array.FindIndex(path, place => place >= 0));
        return BandedAlignment.Align(version, Bases, -clipped, HalfWidth(path.Length - version.Length)).Path;
    }

    private static BandedAlignment AlignWhole(byte[] version, byte[] truth) =>
        BandedAlignment.AlignWhole(version, truth, HalfWidth(truth.Length - version.Length));

    private static int[]? BaseForBase(byte[] truth, byte[] read)
    {
        if (truth.Length != read.Length)
            return null;
        var differing = truth.Zip(read).Count(pair => pair.First != pair.Second);
        // Two edits are no better than two substitutions, and are not looked for.
        return differing > 2 && AlignWhole(read, truth).Score > BandedAlignment.WithoutGaps(truth.Length, differing) + LeastGainOfGaps
            ? null
            : [.. Enumerable.Range(0, truth.Length)];
    }

    private static int HalfWidth(int difference) => Math.Abs(difference) + ReferenceAligner.HalfWidth;

    /// <summary>In upper case, and with T for RNA's U.</summary>
    private static byte[] AsDna(ReadOnlySpan<byte> bases)
    {
        var letters = bases.ToArray();
        foreach (ref var letter in letters.AsSpan())
            letter = AsDna(letter);
        return letters;
    }

    private static byte AsDna(byte letter) => (letter & ~LowerCase) is var upper && upper == 'U' ? (byte)'T' : (byte)upper;
}
