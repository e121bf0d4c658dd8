namespace DnaBart.Spectrum;

/// <summary>What support by other reads is worth, in nats, where as many reads lie as over the bases of one depth class.</summary>
internal sealed class ClassWeights
{
    /// <summary>Of a table of supports.</summary>
    public const int Cells = Support.CountBuckets * QualityClasses.Count * Support.RunClasses;

    // Sampled positions that the prior counts as much as, where few are there.
    private const double PriorOfWrong = 10_000;

    // Support of a wrong base before any was seen: repeats of most genomes make it so or rarer.
    private const double PriorWrongRate = 1e-3;

    // Of support with a quality class, as if so many wrong bases had been seen with it where as many were expected: the gamma prior of a Poisson rate. A class that
    // hardly any k-mer has says nothing by not having been seen.
    private const double PriorOfClass = 1;

    private readonly double[,,] ofCandidate = new double[Support.CountBuckets, QualityClasses.Count, Support.RunClasses];
    private readonly double[,] ofObserved = new double[Support.CountBuckets, Support.RunClasses];
    private readonly double[] overCopy = new double[Support.CountBuckets];

    private readonly ClassSupport right;

    private ClassWeights(ClassSupport right, double rateOfCopies) => (this.right, MostOverUnseen) = (right, Math.Log(3 / rateOfCopies));

    /// <inheritdoc cref="ClassSupport.Trusted"/>
    public int Trusted => right.Trusted;

    /// <inheritdoc cref="ClassSupport.MedianDepth"/>
    public int MedianDepth => right.MedianDepth;

    /// <inheritdoc cref="ClassSupport.UsualCount"/>
    public int UsualCount => right.UsualCount;

    /// <summary>The most that <see cref="OfCandidate"/> gives.</summary>
    public double MostOfCandidate { get; private set; }

    /// <summary>The most by which a candidate that other reads have with all around it can win over a base that they do not: that may be of a copy of its own.</summary>
    public double MostOverUnseen { get; }

    /// <param name="right">The support of the class's right bases.</param>
    /// <param name="all">That of all classes.</param>
    /// <param name="wrong">Wrong bases with support, by <see cref="Cell"/>.</param>
    /// <param name="wrongTotal">All wrong bases.</param>
    /// <param name="rateOfCopies">The share of right bases in whose place other reads have another one, as if they were errors.</param>
    public static ClassWeights Of(ClassSupport right, SampleSupport all, long[] wrong, long wrongTotal, double rateOfCopies)
    {
        var weights = new ClassWeights(right, rateOfCopies);
        weights.Compute(all, wrong, wrongTotal);
        return weights;
    }

    /// <summary>Where a table of supports has one.</summary>
    public static int Cell(Support support) => Cell(support.CountBucket, support.QualityClass, support.RunClass);

    /// <summary>The weight of the support of a base that does not stand in the read.</summary>
    public double OfCandidate(Support support) => ofCandidate[support.CountBucket, support.QualityClass, support.RunClass];

    /// <summary>The weight of the support of the base as it stands.</summary>
    public double OfObserved(Support support) => ofObserved[support.CountBucket, support.RunClass];

    /// <summary>The most by which a candidate can win over a base as it stands, both with support: the reads of a place that differs from another in that base
    /// have the one, those of the other place the other, and a read is of either as the reads are many. Places differ in depth as the bases of all classes do,
    /// so that what is rare among those of this class need not be an error that reads share.</summary>
    public double MostOver(Support observed, Support candidate) =>
        overCopy[observed.CountBucket] + Math.Log((double)candidate.Count / observed.Count);

    private static int Cell(int bucket, int quality, int run) => (((bucket * QualityClasses.Count) + quality) * Support.RunClasses) + run;

    private void Compute(SampleSupport all, long[] wrong, long wrongTotal)
    {
        var shares = right.SharesOfRight;
        var wrongRate = (wrong.Sum() + PriorOfWrong * PriorWrongRate) / (wrongTotal + PriorOfWrong);
        var rightSupported = 1 - shares[0, 0];
        for (var bucket = 1; bucket < Support.CountBuckets; bucket++)
        {
            var (anyWrong, anyRight) = (0.0, 0.0);
            for (var run = 0; run < Support.RunClasses; run++)
            {
                var seen = Enumerable.Range(0, QualityClasses.Count).Select(quality => wrong[Cell(bucket, quality, run)] + Spill(wrong, bucket, quality, run)).ToArray();
                var seenOfAny = seen.Sum();
                var anyClass = (seenOfAny + PriorOfWrong * wrongRate * shares[bucket, run] / rightSupported) / (wrongTotal + PriorOfWrong);
                for (var quality = 0; quality < QualityClasses.Count; quality++)
                {
                    var expected = seenOfAny * BestOf(BucketStart(bucket), quality, all.ClassShares);
                    ofCandidate[bucket, quality, run] = Math.Log(shares[bucket, run] / anyClass * (expected + PriorOfClass) / (seen[quality] + PriorOfClass));
                }
                ofObserved[bucket, run] = Math.Log(shares[bucket, run] / anyClass);
                (anyWrong, anyRight) = (anyWrong + anyClass, anyRight + all.Overall.SharesOfRight[bucket, run]);
            }
            overCopy[bucket] = Math.Log(anyWrong / (PriorWrongRate * anyRight));
        }
        var none = Math.Log(shares[0, 0] / (1 - wrongRate));
        ofObserved[0, 0] = none;
        for (var quality = 0; quality < QualityClasses.Count; quality++)
            ofCandidate[0, quality, 0] = none;
        MostOfCandidate = ofCandidate.Cast<double>().Max();
    }

    /// <summary>What the cells of other counts say of a cell: each step of the count makes a wrong base at most ten times rarer, or else
    /// cells in which the sample has none by chance would look like proof.</summary>
    private static double Spill(long[] wrong, int bucket, int quality, int run)
    {
        const double Decay = 0.1;
        var spill = 0.0;
        for (var other = 1; other < Support.CountBuckets; other++)
            spill += other == bucket ? 0 : wrong[Cell(other, quality, run)] * Math.Pow(Decay, Math.Abs(other - bucket));
        return spill;
    }

    /// <summary>The chance that the best of n reads is of a class.</summary>
    private static double BestOf(int n, int quality, double[] cumulative)
    {
        const double Rarest = 1e-6;
        var below = quality == 0 ? 0 : Math.Pow(cumulative[quality - 1], n);
        return Math.Max(Rarest, Math.Pow(cumulative[quality], n) - below);
    }

    private static int BucketStart(int bucket)
    {
        var count = 1;
        while (new Support(count, 0, 0).CountBucket < bucket)
            count++;
        return count;
    }
}
