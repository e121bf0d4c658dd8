using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>How other reads support the bases of a sample of reads as they stand: how deep a data set is, and what support right bases have.</summary>
internal sealed class SampleSupport
{
    // Sampled positions that the prior counts as much as, where few are there.
    private const double PriorOfRight = 50;

    private SampleSupport() { }

    /// <summary>The counts of all reads.</summary>
    public required KmerTable Table { get; init; }

    public required IReadOnlyList<Read> Sample { get; init; }

    /// <summary>The median number of other reads that have a k-mer of a read.</summary>
    public required int UsualCount { get; init; }

    /// <summary>The median number of other reads that have the k-mers of a base.</summary>
    public required int MedianDepth { get; init; }

    /// <summary>The share of bases whose k-mers another read has.</summary>
    public required double CoveredShare { get; init; }

    /// <summary>Of right bases, the shares of <see cref="Support.CountBucket"/>s and <see cref="Support.RunClass"/>es.</summary>
    public required double[,] SharesOfRight { get; init; }

    /// <summary>The shares of quality classes of a base's own k-mers, cumulative.</summary>
    public required double[] ClassShares { get; init; }

    /// <summary>A base with so many others is not doubted: a sixth of the median, where Poisson coverage has almost no right base
    /// below, and any support where coverage is low.</summary>
    public int Trusted => Math.Max(1, MedianDepth / 6);

    /// <param name="table">Holds the reads of the sample, among others.</param>
    /// <param name="threads">Does not change the result.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static SampleSupport Of(KmerTable table, IReadOnlyList<Read> sample, int threads, CancellationToken cancellation)
    {
        var windows = SampleTally.Of(sample, () => new WindowTally(table), (tally, read) => tally.Add(read), threads, cancellation);
        var usual = Median(SampleTally.Sum(windows, tally => tally.Counts, KmerTable.HighestCount + 1));
        var ownClasses = SampleTally.Sum(windows, tally => tally.OwnClasses, QualityClasses.Count);

        var (goodQuality, goodClass) = (MedianQuality(sample), Median(ownClasses));
        var bases = SampleTally.Of(sample, () => new BaseTally(table, usual, goodQuality, goodClass), (tally, read) => tally.Add(read), threads, cancellation);
        var depths = SampleTally.Sum(bases, tally => tally.Depths, KmerTable.HighestCount + 1);
        var right = depths.Sum();
        return new SampleSupport
        {
            Table = table,
            Sample = sample,
            UsualCount = usual,
            MedianDepth = Median(depths),
            CoveredShare = right == 0 ? 0 : 1 - depths[0] / (double)right,
            SharesOfRight = Smoothed(depths, right, SampleTally.Sum(bases, tally => tally.Runs, Support.CountBuckets * Support.RunClasses)),
            ClassShares = Cumulative(ownClasses),
        };
    }

    /// <summary>Before the usual count is known: no supports.</summary>
    private sealed class WindowTally(KmerTable table)
    {
        private readonly ReadSpectrum spectrum = new(table, depth: 0);

        public long[] Counts { get; } = new long[KmerTable.HighestCount + 1];

        public long[] OwnClasses { get; } = new long[QualityClasses.Count];

        public void Add(Read read)
        {
            spectrum.Load(read.Bases, read.Quality);
            foreach (var position in spectrum.Positions())
                OwnClasses[spectrum.OwnQualityClass(position)]++;
            for (var window = 0; window < spectrum.Windows; window++)
                Counts[spectrum.Others(window)]++;
        }
    }

    private sealed class BaseTally(KmerTable table, int usual, byte goodQuality, int goodClass)
    {
        private readonly ReadSpectrum spectrum = new(table, usual);

        /// <summary>Of bases that are nearly always right, by <see cref="Support.Count"/>.</summary>
        public long[] Depths { get; } = new long[KmerTable.HighestCount + 1];

        /// <summary>By bucket, and in it by run class.</summary>
        public long[] Runs { get; } = new long[Support.CountBuckets * Support.RunClasses];

        public void Add(Read read)
        {
            spectrum.Load(read.Bases, read.Quality);
            foreach (var position in spectrum.Positions())
            {
                var support = spectrum.Observed(position);
                // Confirmed bases are right whatever their quality, and doubtful neighbours break their runs as they will others'.
                Runs[(support.CountBucket * Support.RunClasses) + support.RunClass]++;
                // Good neighbours, too: between two errors a right base has no k-mer that others have.
                if (read.Quality[position] >= goodQuality && spectrum.OwnQualityClass(position) >= goodClass)
                    Depths[support.Count]++;
            }
        }
    }

    private static byte MedianQuality(IReadOnlyList<Read> sample)
    {
        var letters = new long[256];
        foreach (var read in sample)
        {
            foreach (var letter in read.Quality)
                letters[letter]++;
        }
        return (byte)Median(letters);
    }

    private static int Median(long[] counts)
    {
        var (value, below, total) = (0, counts[0], counts.Sum());
        while (2 * below < total)
            below += counts[++value];
        return value;
    }

    /// <summary>Shares of the cells; priors keep cells that no sampled base fell into above 0: geometric for the counts; for the runs
    /// of a count those of all counts.</summary>
    private static double[,] Smoothed(long[] depths, long total, long[] runs)
    {
        var counts = new double[Support.CountBuckets];
        for (var depth = 0; depth < depths.Length; depth++)
            counts[new Support(depth, 0, 0).CountBucket] += depths[depth];
        long Run(int bucket, int run) => runs[(bucket * Support.RunClasses) + run];
        var anyRun = Enumerable.Range(0, Support.RunClasses).Select(run => (double)Enumerable.Range(1, Support.CountBuckets - 1).Sum(bucket => Run(bucket, run))).ToArray();
        var shares = new double[Support.CountBuckets, Support.RunClasses];
        for (var bucket = 0; bucket < Support.CountBuckets; bucket++)
        {
            var share = (counts[bucket] + PriorOfRight * Math.Pow(0.5, bucket + 1)) / (total + PriorOfRight);
            var ofBucket = Enumerable.Range(0, Support.RunClasses).Sum(run => Run(bucket, run));
            for (var run = 0; run < Support.RunClasses; run++)
            {
                var prior = (anyRun[run] + 1) / (anyRun.Sum() + Support.RunClasses);
                shares[bucket, run] = bucket == 0 ? (run == 0 ? share : 0)
                    : share * (Run(bucket, run) + PriorOfRight * prior) / (ofBucket + PriorOfRight);
            }
        }
        return shares;
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
