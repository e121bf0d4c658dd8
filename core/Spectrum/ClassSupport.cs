namespace DnaBart.Spectrum;

/// <summary>How other reads support right bases, of all reads of a sample or of one of their <see cref="DepthClasses"/>.</summary>
/// <param name="UsualCount">The median number of other reads that have a k-mer of a read.</param>
/// <param name="MedianDepth">The median number of other reads that have the k-mers of a base.</param>
/// <param name="Trusted">A base with so many others is not doubted.</param>
/// <param name="SharesOfRight">Of right bases, the shares of <see cref="Support.CountBucket"/>s and <see cref="Support.RunClass"/>es.</param>
internal sealed record ClassSupport(int UsualCount, int MedianDepth, int Trusted, double[,] SharesOfRight)
{
    // Of a median depth: Poisson coverage has almost no right base below.
    private const int TrustedShare = 6;

    // So many reads may share an error, of reads that lie deeper than others: some, and one in fifty. More are of a place of their own.
    private const int LeastOfPlace = 4;
    private const int ShareOfPlace = 50;

    // Sampled positions that the prior counts as much as, where few are there.
    private const double PriorOfRight = 50;

    /// <param name="usualCount">As <see cref="UsualCount"/>.</param>
    /// <param name="depths">Of bases that are nearly always right, by how many others have their k-mers.</param>
    /// <param name="runs">Of all bases, by <see cref="Support.CountBucket"/> and in it by <see cref="Support.RunClass"/>.</param>
    /// <param name="all">Of all reads of the sample; null for that itself.</param>
    public static ClassSupport Of(int usualCount, long[] depths, long[] runs, ClassSupport? all = null)
    {
        var median = SampleTally.Median(depths);
        var trusted = Math.Max(1, median / TrustedShare);
        return new(usualCount, median, all is null ? trusted : Math.Min(trusted, Math.Max(all.Trusted, LeastOfPlace + (usualCount / ShareOfPlace))), Smoothed(depths, runs));
    }

    /// <summary>Shares of the cells; priors keep cells that no sampled base fell into above 0: geometric for the counts; for the runs
    /// of a count those of all counts.</summary>
    private static double[,] Smoothed(long[] depths, long[] runs)
    {
        var total = depths.Sum();
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
}
