using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>How other reads support the bases of a sample of reads as they stand: how deep a data set is, and what support right bases have.</summary>
internal sealed class SampleSupport
{
    private const int DoubtfulQuality = 15;

    // Where so many other reads have a k-mer, those that no read has hold errors. Where fewer lie, the place is not covered, and a near copy that shares one k-mer with it is none of it.
    private const int Deep = 7;

    private SampleSupport() { }

    /// <summary>The counts of all reads.</summary>
    public required KmerTable Table { get; init; }

    public required IReadOnlyList<Read> Sample { get; init; }

    public required DepthClasses Classes { get; init; }

    /// <summary>Of all reads.</summary>
    public required ClassSupport Overall { get; init; }

    /// <summary>Of the reads of each depth class.</summary>
    public required IReadOnlyList<ClassSupport> ByClass { get; init; }

    /// <summary>Bases of lower quality may well be wrong: a k-mer that holds one lacks support though the base in question may be right, since errors come in stretches of low
    /// quality. Of qualities that are alike all are, or none.</summary>
    public required int DoubtfulBelow { get; init; }

    /// <summary>The share of bases whose k-mers another read has.</summary>
    public required double CoveredShare { get; init; }

    /// <summary>The shares of quality classes of a base's own k-mers, cumulative.</summary>
    public required double[] ClassShares { get; init; }

    /// <summary>What a read is looked at with; for one thread.</summary>
    public ReadSpectrum NewSpectrum() => new(Table, Classes, DoubtfulBelow);

    /// <param name="table">Holds the reads of the sample, among others.</param>
    /// <param name="threads">Does not change the result.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static SampleSupport Of(KmerTable table, IReadOnlyList<Read> sample, int threads, CancellationToken cancellation)
    {
        const int Counts = KmerTable.HighestCount + 1, Supports = Support.CountBuckets * Support.RunClasses;
        var windows = SampleTally.Of(sample, () => new WindowTally(table), (tally, read) => tally.Add(read), threads, cancellation);
        var counts = SampleTally.Rows(SampleTally.Sum(windows, tally => tally.Counts, DepthClasses.Octaves * Counts), DepthClasses.Octaves);
        var classes = DepthClasses.Of(SampleTally.Sum(windows, tally => tally.Reads, DepthClasses.Octaves), counts);
        var ownClasses = SampleTally.Sum(windows, tally => tally.OwnClasses, QualityClasses.Count);

        var usualCount = SampleTally.Median(SampleTally.SumRows(counts));
        // Qualities that are alike, or none, do not tell where in a read its errors are.
        var doubtfulBelow = sample.Any(QualitiesDiffer) ? DoubtfulQuality : usualCount >= Deep ? int.MaxValue : 0;
        var (goodQuality, goodClass) = (MedianQuality(sample), SampleTally.Median(ownClasses));
        var bases = SampleTally.Of(sample, () => new BaseTally(table, classes, doubtfulBelow, goodQuality, goodClass), (tally, read) => tally.Add(read), threads, cancellation);
        var depths = SampleTally.Rows(SampleTally.Sum(bases, tally => tally.Depths, classes.Count * Counts), classes.Count);
        var runs = SampleTally.Rows(SampleTally.Sum(bases, tally => tally.Runs, classes.Count * Supports), classes.Count);
        var allDepths = SampleTally.SumRows(depths);
        var all = ClassSupport.Of(usualCount, allDepths, SampleTally.SumRows(runs));
        var right = allDepths.Sum();
        return new SampleSupport
        {
            Table = table,
            Sample = sample,
            Classes = classes,
            DoubtfulBelow = doubtfulBelow,
            Overall = all,
            ByClass = [.. depths.Select((ofClass, one) => ClassSupport.Of(classes.UsualCount(one), ofClass, runs[one], all))],
            CoveredShare = right == 0 ? 0 : 1 - allDepths[0] / (double)right,
            ClassShares = Cumulative(ownClasses),
        };
    }

    /// <summary>Before depth classes are known: no supports.</summary>
    private sealed class WindowTally(KmerTable table)
    {
        private readonly ReadSpectrum spectrum = new(table, DepthClasses.One, doubtfulBelow: 0);

        /// <summary>By octave.</summary>
        public long[] Reads { get; } = new long[DepthClasses.Octaves];

        /// <summary>By octave and count.</summary>
        public long[] Counts { get; } = new long[DepthClasses.Octaves * (KmerTable.HighestCount + 1)];

        public long[] OwnClasses { get; } = new long[QualityClasses.Count];

        public void Add(Read read)
        {
            spectrum.Load(read.Bases, read.Quality);
            foreach (var position in spectrum.Positions())
                OwnClasses[spectrum.OwnQualityClass(position)]++;
            Reads[spectrum.Octave]++;
            for (var window = 0; window < spectrum.Windows; window++)
                Counts[(spectrum.Octave * (KmerTable.HighestCount + 1)) + spectrum.Others(window)]++;
        }
    }

    private sealed class BaseTally(KmerTable table, DepthClasses classes, int doubtfulBelow, byte goodQuality, int goodClass)
    {
        private readonly ReadSpectrum spectrum = new(table, classes, doubtfulBelow);

        /// <summary>Of bases that are nearly always right, by class and <see cref="Support.Count"/>.</summary>
        public long[] Depths { get; } = new long[classes.Count * (KmerTable.HighestCount + 1)];

        /// <summary>By class, bucket, and in it by run class.</summary>
        public long[] Runs { get; } = new long[classes.Count * Support.CountBuckets * Support.RunClasses];

        public void Add(Read read)
        {
            spectrum.Load(read.Bases, read.Quality);
            foreach (var position in spectrum.Positions())
            {
                var (support, depthClass) = (spectrum.Observed(position), spectrum.DepthClassAt(position));
                // Confirmed bases are right whatever their quality, and doubtful neighbours break their runs as they will others'.
                Runs[(((depthClass * Support.CountBuckets) + support.CountBucket) * Support.RunClasses) + support.RunClass]++;
                // Good neighbours, too: between two errors a right base has no k-mer that others have.
                if (read.Quality[position] >= goodQuality && spectrum.OwnQualityClass(position) >= goodClass)
                    Depths[(depthClass * (KmerTable.HighestCount + 1)) + support.Count]++;
            }
        }
    }

    private static bool QualitiesDiffer(Read read) => read.Quality.AsSpan().ContainsAnyExcept(read.Quality.FirstOrDefault());

    private static byte MedianQuality(IReadOnlyList<Read> sample)
    {
        var letters = new long[256];
        foreach (var read in sample)
        {
            foreach (var letter in read.Quality)
                letters[letter]++;
        }
        return (byte)SampleTally.Median(letters);
    }

    private static double[] Cumulative(long[] counts)
    {
        var total = counts.Sum() + (double)QualityClasses.Count;
        var cumulative = new double[QualityClasses.Count];
        for (var (quality, below) = (0, 0.0); quality < QualityClasses.Count; quality++)
            cumulative[quality] = below += (counts[quality] + 1) / total;
        return cumulative;
    }
}
