using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>What support by other reads is worth, learned from the data set itself. A base of good quality is nearly always right, and
/// another base in its place nearly always wrong: the supports of the ones and of the others, over a sample of reads, are the two
/// distributions whose ratio is the weight of evidence (Good 1950). Coverage, its unevenness, repeats, variants and the other reads'
/// errors are all in them, whatever the data; no genome size and no threshold is needed.</summary>
internal sealed class EvidenceWeights
{
    // Sampled positions that the prior counts as much as, where few are there.
    private const double PriorOfRight = 50, PriorOfWrong = 10_000;

    // Support of a wrong base before any was seen: repeats of most genomes make it so or rarer.
    private const double PriorWrongRate = 1e-3;

    private readonly double[,,] ofCandidate = new double[Support.CountBuckets, QualityClasses.Count, Support.RunClasses];
    private readonly double[,] ofObserved = new double[Support.CountBuckets, Support.RunClasses];

    /// <summary>A base with so many others is not doubted: a sixth of the median, where Poisson coverage has almost no right base
    /// below, and any support where coverage is low.</summary>
    public int Trusted { get; private init; }

    /// <summary>The median number of other reads that have the k-mers of a base.</summary>
    public int MedianDepth { get; private init; }

    /// <summary>The share of bases whose k-mers another read has.</summary>
    public double CoveredShare { get; private init; }

    /// <summary>The median number of other reads that have a k-mer of a read.</summary>
    public int UsualCount { get; private init; }

    /// <summary>The most that <see cref="OfCandidate"/> gives, in nats.</summary>
    public double MostOfCandidate { get; private set; }

    private EvidenceWeights() { }

    /// <summary>Learns from a sample of the reads in the table.</summary>
    public static EvidenceWeights Learn(KmerTable table, IReadOnlyList<Read> sample)
    {
        var (counts, ownClasses) = (new int[KmerTable.HighestCount + 1], new int[QualityClasses.Count]);
        // Supports are not asked for before the usual count is known.
        var windows = new ReadSpectrum(table, depth: 0);
        foreach (var read in sample)
        {
            ForEachBase(windows, read, (_, position) => ownClasses[windows.OwnQualityClass(position)]++);
            for (var window = 0; window < windows.Windows; window++)
                counts[windows.Others(window)]++;
        }
        var usual = Median(counts, counts.Sum(count => (long)count));
        var spectrum = new ReadSpectrum(table, usual);
        var (goodQuality, goodClass) = (MedianQuality(sample), Median(ownClasses, ownClasses.Sum()));

        var right = new double[Support.CountBuckets];
        var runs = new double[Support.CountBuckets, Support.RunClasses];
        var depths = new int[KmerTable.HighestCount + 1];
        var rightTotal = 0L;
        ForEachBase(spectrum, sample, (read, position) =>
        {
            var support = spectrum.Observed(position);
            // Confirmed bases are right whatever their quality, and doubtful neighbours break their runs as they will others'.
            runs[support.CountBucket, support.RunClass]++;
            // Good neighbours, too: between two errors a right base has no k-mer that others have.
            if (read.Quality[position] < goodQuality || spectrum.OwnQualityClass(position) < goodClass)
                return;
            right[support.CountBucket]++;
            depths[support.Count]++;
            rightTotal++;
        });
        var median = Median(depths, rightTotal);
        var trusted = Math.Max(1, median / 6);

        var wrong = new double[Support.CountBuckets, QualityClasses.Count, Support.RunClasses];
        var (wrongTotal, wrongSupported) = (0L, 0L);
        ForEachBase(spectrum, sample, (_, position) =>
        {
            // Only bases that other reads confirm are surely right, and the others in their place surely wrong.
            if (spectrum.Observed(position) is not { IsWhole: true } observed || observed.Count < trusted)
                return;
            wrongTotal += 3;
            for (var code = 0; code < 4; code++)
            {
                if (code == spectrum.Code(position) || !spectrum.MayHaveAlternative(position, code))
                    continue;
                var support = spectrum.Alternative(position, code);
                wrong[support.CountBucket, support.QualityClass, support.RunClass]++;
                wrongSupported++;
            }
        });

        var weights = new EvidenceWeights
        {
            Trusted = trusted,
            UsualCount = usual,
            MedianDepth = median,
            CoveredShare = rightTotal == 0 ? 0 : 1 - depths[0] / (double)rightTotal,
        };
        weights.Compute(Smoothed(right, rightTotal, runs), ClassShares(ownClasses), wrong, wrongTotal, wrongSupported);
        return weights;
    }

    /// <summary>The weight of the support of a base that does not stand in the read, in nats.</summary>
    public double OfCandidate(Support support) => ofCandidate[support.CountBucket, support.QualityClass, support.RunClass];

    /// <summary>The weight of the support of the base as it stands.</summary>
    public double OfObserved(Support support) => ofObserved[support.CountBucket, support.RunClass];

    private void Compute(double[,] right, double[] classShares, double[,,] wrong, long wrongTotal, long wrongSupported)
    {
        var wrongRate = (wrongSupported + PriorOfWrong * PriorWrongRate) / (wrongTotal + PriorOfWrong);
        var rightSupported = 1 - right[0, 0];
        for (var bucket = 1; bucket < Support.CountBuckets; bucket++)
        {
            for (var run = 0; run < Support.RunClasses; run++)
            {
                var anyClass = 0.0;
                for (var quality = 0; quality < QualityClasses.Count; quality++)
                {
                    var ofRight = right[bucket, run] * BestOf(BucketStart(bucket), quality, classShares);
                    var expected = wrongRate * ofRight / rightSupported;
                    var ofWrong = (wrong[bucket, quality, run] + Spill(wrong, bucket, quality, run) + PriorOfWrong * expected)
                        / (wrongTotal + PriorOfWrong);
                    anyClass += ofWrong;
                    ofCandidate[bucket, quality, run] = Math.Log(ofRight / ofWrong);
                }
                ofObserved[bucket, run] = Math.Log(right[bucket, run] / anyClass);
            }
        }
        var none = Math.Log(right[0, 0] / (1 - wrongRate));
        ofObserved[0, 0] = none;
        for (var quality = 0; quality < QualityClasses.Count; quality++)
            ofCandidate[0, quality, 0] = none;
        MostOfCandidate = ofCandidate.Cast<double>().Max();
    }

    /// <summary>What the cells of other counts say of a cell: each step of the count makes a wrong base at most ten times rarer, or else
    /// cells in which the sample has none by chance would look like proof.</summary>
    private static double Spill(double[,,] wrong, int bucket, int quality, int run)
    {
        const double Decay = 0.1;
        var spill = 0.0;
        for (var other = 1; other < Support.CountBuckets; other++)
            spill += other == bucket ? 0 : wrong[other, quality, run] * Math.Pow(Decay, Math.Abs(other - bucket));
        return spill;
    }

    private delegate void Look(Read read, int position);

    private static void ForEachBase(ReadSpectrum spectrum, IReadOnlyList<Read> sample, Look look)
    {
        foreach (var read in sample)
            ForEachBase(spectrum, read, look);
    }

    private static void ForEachBase(ReadSpectrum spectrum, Read read, Look look)
    {
        spectrum.Load(read.Bases, read.Quality);
        for (var position = 0; spectrum.HasWindows && position < read.Bases.Length; position++)
        {
            if (spectrum.Code(position) >= 0)
                look(read, position);
        }
    }

    private static byte MedianQuality(IReadOnlyList<Read> sample)
    {
        var letters = new int[256];
        foreach (var read in sample)
        {
            foreach (var letter in read.Quality)
                letters[letter]++;
        }
        return (byte)Median(letters, letters.Sum(count => (long)count));
    }

    private static int Median(int[] counts, long total)
    {
        var (value, below) = (0, (long)counts[0]);
        while (2 * below < total)
            below += counts[++value];
        return value;
    }

    /// <summary>Shares of the cells; priors keep cells that no sampled base fell into above 0: geometric for the counts; for the runs
    /// of a count those of all counts.</summary>
    private static double[,] Smoothed(double[] counts, long total, double[,] runs)
    {
        var anyRun = new double[Support.RunClasses];
        for (var bucket = 1; bucket < Support.CountBuckets; bucket++)
        {
            for (var run = 0; run < Support.RunClasses; run++)
                anyRun[run] += runs[bucket, run];
        }
        var shares = new double[Support.CountBuckets, Support.RunClasses];
        for (var bucket = 0; bucket < Support.CountBuckets; bucket++)
        {
            var share = (counts[bucket] + PriorOfRight * Math.Pow(0.5, bucket + 1)) / (total + PriorOfRight);
            var ofBucket = Enumerable.Range(0, Support.RunClasses).Sum(run => runs[bucket, run]);
            for (var run = 0; run < Support.RunClasses; run++)
            {
                var prior = (anyRun[run] + 1) / (anyRun.Sum() + Support.RunClasses);
                shares[bucket, run] = bucket == 0 ? (run == 0 ? share : 0)
                    : share * (runs[bucket, run] + PriorOfRight * prior) / (ofBucket + PriorOfRight);
            }
        }
        return shares;
    }

    /// <summary>Cumulative shares of the classes.</summary>
    private static double[] ClassShares(int[] counts)
    {
        var total = counts.Sum() + (double)QualityClasses.Count;
        var cumulative = new double[QualityClasses.Count];
        for (var (quality, below) = (0, 0.0); quality < QualityClasses.Count; quality++)
            cumulative[quality] = below += (counts[quality] + 1) / total;
        return cumulative;
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
