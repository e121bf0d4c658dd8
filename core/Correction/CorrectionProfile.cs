using DnaBart.Metrics;

namespace DnaBart.Correction;

/// <summary>Errors among some bases, before and after correction.</summary>
public sealed record ErrorCounts(long Bases, long Before, long After)
{
    public static ErrorCounts None { get; } = new(0, 0, 0);

    public static ErrorCounts operator +(ErrorCounts a, ErrorCounts b) => new(a.Bases + b.Bases, a.Before + b.Before, a.After + b.After);
}

/// <summary>Where in the reads, and at which qualities, errors are before and after correction. Not thread-safe.</summary>
public sealed class CorrectionProfile
{
    private const int PhredOffset = 33;

    private readonly List<ErrorCounts> byPosition = [];
    private readonly List<ErrorCounts> byQuality = [];

    public CorrectionMetrics Metrics { get; private set; } = CorrectionMetrics.None;

    /// <summary>Reads without a known truth.</summary>
    public long Unplaced { get; private set; }

    /// <summary>By position in the read, from 0.</summary>
    public IReadOnlyList<ErrorCounts> ByPosition => byPosition;

    /// <summary>By Phred quality, from 0.</summary>
    public IReadOnlyList<ErrorCounts> ByQuality => byQuality;

    /// <summary>Counts a read; null where its truth is not known.</summary>
    public void Add(ReadComparison? comparison)
    {
        if (comparison is null)
        {
            Unplaced++;
            return;
        }
        Metrics += comparison.Metrics;
        var truth = comparison.Truth;
        for (var place = 0; place < truth.Bases.Length; place++)
        {
            if (!truth.IsKnown(place))
                continue;
            var position = comparison.Positions[place];
            var counts = new ErrorCounts(1, comparison.WasWrong(place) ? 1 : 0, comparison.IsWrong(place) ? 1 : 0);
            Count(byPosition, position, counts);
            Count(byQuality, comparison.Corrected.Read.Quality[position] - PhredOffset, counts);
        }
    }

    private static void Count(List<ErrorCounts> list, int index, ErrorCounts counts)
    {
        while (list.Count <= index)
            list.Add(ErrorCounts.None);
        list[index] += counts;
    }
}
