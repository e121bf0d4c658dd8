using DnaBart.Sequences;

namespace DnaBart.Alignment;

/// <summary>The best alignment of a read to a stretch of reference within a band of diagonals, with affine gaps (Gotoh, J. Mol. Biol.
/// 162:705, 1982) and the scores of <c>bwa mem</c>: match 1, mismatch -4, gap -6 and -1 a base, -5 for each end that is clipped.</summary>
/// <param name="Score">The sum.</param>
/// <param name="Path">For each base of the read its place in the reference, <see cref="Inserted"/> or <see cref="Clipped"/>.</param>
internal sealed record BandedAlignment(int Score, int[] Path)
{
    public const int Inserted = -1;
    public const int Clipped = -2;
    public const int Match = 1;
    public const int Mismatch = -4;

    private const int Ambiguous = -1;
    private const int GapOpen = -6;
    private const int GapExtend = -1;
    private const int Clip = -5;
    private const int Impossible = -1_000_000;

    /// <summary>What a cell's best alignment ends with.</summary>
    private enum Step : byte { Start, Diagonal, Deletion, Insertion }

    /// <summary>Aligns the read; which of its ends are clipped, and where in the reference it lies, is free.</summary>
    /// <param name="diagonal">Place in the reference less place in the read, where the band is centred.</param>
    /// <param name="halfWidth">Diagonals on either side.</param>
    public static BandedAlignment Align(ReadOnlySpan<byte> read, ReadOnlySpan<byte> reference, int diagonal, int halfWidth) =>
        Align(read, reference, diagonal, halfWidth, whole: false);

    /// <summary>Aligns all of the read to all of the reference, about as long: nothing is clipped.</summary>
    /// <param name="halfWidth">As for <see cref="Align(ReadOnlySpan{byte}, ReadOnlySpan{byte}, int, int)"/>; at least the difference of the lengths.</param>
    public static BandedAlignment AlignWhole(ReadOnlySpan<byte> read, ReadOnlySpan<byte> reference, int halfWidth) =>
        Align(read, reference, 0, halfWidth, whole: true);

    /// <summary>The score of a read laid base for base on as long a reference.</summary>
    public static int WithoutGaps(int length, int mismatches) => ((length - mismatches) * Match) + (mismatches * Mismatch);

    private static BandedAlignment Align(ReadOnlySpan<byte> read, ReadOnlySpan<byte> reference, int diagonal, int halfWidth, bool whole)
    {
        var width = 2 * halfWidth + 1;
        // Cell (i, c): i bases of the read are used, and i + first + c of the reference.
        var first = diagonal - halfWidth;
        var steps = new Step[(read.Length + 1) * width];
        var extendsDeletion = new bool[steps.Length];
        var extendsInsertion = new bool[steps.Length];
        // One column more on the right stands for what lies outside of the band.
        Span<int> scores = new int[width + 1];
        Span<int> insertions = new int[width + 1];
        scores.Fill(Impossible);
        insertions.Fill(Impossible);
        var (best, bestRow, bestColumn) = (int.MinValue, 0, 0);
        for (var i = 0; i <= read.Length; i++)
        {
            var deletion = Impossible;
            var left = Impossible;
            for (var c = 0; c < width; c++)
            {
                var cell = i * width + c;
                var j = i + first + c;
                var inside = j >= 0 && j <= reference.Length;
                // In place: scores[c] is still the row above, one base of both back; scores[c + 1] one base of the read back.
                var diagonalScore = inside && i > 0 && j > 0 ? scores[c] + Pair(read[i - 1], reference[j - 1]) : Impossible;
                extendsDeletion[cell] = deletion > left + GapOpen;
                deletion = Math.Max(deletion, left + GapOpen) + GapExtend;
                extendsInsertion[cell] = insertions[c + 1] > scores[c + 1] + GapOpen;
                insertions[c] = i == 0 ? Impossible : Math.Max(insertions[c + 1], scores[c + 1] + GapOpen) + GapExtend;
                var (score, step) = (whole ? (i == 0 && j == 0 ? 0 : Impossible) : i == 0 ? 0 : Clip, Step.Start);
                if (diagonalScore > score)
                    (score, step) = (diagonalScore, Step.Diagonal);
                if (deletion > score)
                    (score, step) = (deletion, Step.Deletion);
                if (insertions[c] > score)
                    (score, step) = (insertions[c], Step.Insertion);
                if (!inside)
                    (score, deletion, insertions[c]) = (Impossible, Impossible, Impossible);
                steps[cell] = step;
                scores[c] = left = score;
                var ended = whole ? (i == read.Length && j == reference.Length ? score : Impossible) : score + (i == read.Length ? 0 : Clip);
                if (inside && ended > best)
                    (best, bestRow, bestColumn) = (ended, i, c);
            }
        }
        return new BandedAlignment(best, Trace(read.Length, first, width, bestRow, bestColumn, steps, extendsDeletion, extendsInsertion));
    }

    private static int[] Trace(int length, int first, int width, int i, int c, Step[] steps, bool[] extendsDeletion, bool[] extendsInsertion)
    {
        var path = new int[length];
        Array.Fill(path, Clipped);
        var step = steps[i * width + c];
        while (step != Step.Start)
        {
            var cell = i * width + c;
            switch (step)
            {
                case Step.Diagonal:
                    i--;
                    path[i] = i + first + c;
                    step = steps[i * width + c];
                    break;
                case Step.Deletion:
                    c--;
                    step = extendsDeletion[cell] ? Step.Deletion : steps[i * width + c];
                    break;
                default:
                    i--;
                    c++;
                    path[i] = Inserted;
                    step = extendsInsertion[cell] ? Step.Insertion : steps[i * width + c];
                    break;
            }
        }
        return path;
    }

    private static int Pair(byte read, byte reference)
    {
        var (a, b) = (Nucleotides.Code(read), Nucleotides.Code(reference));
        return a < 0 || b < 0 ? Ambiguous : a == b ? Match : Mismatch;
    }
}
