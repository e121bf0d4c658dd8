using System.Numerics;

namespace DnaBart.Spectrum;

/// <summary>How other reads support a base of a read: what the k-mers of the windows around it say together.</summary>
/// <param name="Count">The most occurrences of such a k-mer in other reads.</param>
/// <param name="QualityClass">The best class of an occurrence.</param>
/// <param name="RunClass">How many of the windows without another doubtful base are supported: 0 up to a quarter, 1 up to a half, 2
/// some more, 3 all.</param>
internal readonly record struct Support(int Count, int QualityClass, int RunClass)
{
    public const int RunClasses = 4;

    /// <summary>Number of <see cref="CountBucket"/>s.</summary>
    public const int CountBuckets = Exact + StepsPerOctave * (KmerTable.CountBits - ExactBits);

    private const int ExactBits = 3, Exact = 1 << ExactBits, StepsPerOctave = 4;

    // A window supports a base if its count is within this factor of the best one, or of the usual one if that is lower: coverage is even
    // over k bases, and where more reads have a window it is of a repeat.
    private const int Unevenness = 8;

    /// <summary>Whether all of the windows support it.</summary>
    public bool IsWhole => RunClass == RunClasses - 1;

    /// <summary>Counts as they are up to 7, then in steps of about a fifth.</summary>
    public int CountBucket
    {
        get
        {
            if (Count < Exact)
                return Count;
            var octave = BitOperations.Log2((uint)Count);
            return Exact + StepsPerOctave * (octave - ExactBits) + ((Count >> (octave - 2)) & 3);
        }
    }

    /// <summary>Puts the counts of the windows around a base together.</summary>
    /// <param name="doubtful">How many doubtful bases each window holds besides that one. Where all hold some, those with the fewest
    /// tell the run.</param>
    /// <param name="depth">The usual count.</param>
    public static Support Of(ReadOnlySpan<int> counts, ReadOnlySpan<int> doubtful, int qualityClass, int depth)
    {
        var (best, fewest) = (0, int.MaxValue);
        for (var i = 0; i < counts.Length; i++)
            (best, fewest) = (Math.Max(best, counts[i]), Math.Min(fewest, doubtful[i]));
        if (best == 0)
            return default;
        var least = Math.Max(1, Math.Min(best, depth) / Unevenness);
        var (supported, all) = (0, 0);
        for (var i = 0; i < counts.Length; i++)
        {
            if (doubtful[i] != fewest)
                continue;
            all++;
            supported += counts[i] >= least ? 1 : 0;
        }
        var runClass = supported == all ? RunClasses - 1 : Math.Clamp((4 * supported - 1) / all, 0, RunClasses - 2);
        return new Support(best, qualityClass, runClass);
    }
}
