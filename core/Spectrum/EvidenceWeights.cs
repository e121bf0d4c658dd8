using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>What support by other reads is worth, learned from the data set itself. A base of good quality is nearly always right, and
/// another base in its place nearly always wrong: the supports of the ones and of the others, over a sample of reads, are the two
/// distributions whose ratio is the weight of evidence (Good 1950). Coverage, its unevenness, repeats, variants and the other reads'
/// errors are all in them, whatever the data; no genome size and no threshold is needed.</summary>
internal sealed class EvidenceWeights
{
    // Sampled positions that the prior counts as much as, where few are there.
    private const double PriorOfWrong = 10_000;

    // Support of a wrong base before any was seen: repeats of most genomes make it so or rarer.
    private const double PriorWrongRate = 1e-3;

    private readonly double[,,] ofCandidate = new double[Support.CountBuckets, QualityClasses.Count, Support.RunClasses];
    private readonly double[,] ofObserved = new double[Support.CountBuckets, Support.RunClasses];

    private readonly SampleSupport support;

    private EvidenceWeights(SampleSupport support) => this.support = support;

    /// <inheritdoc cref="SampleSupport.Trusted"/>
    public int Trusted => support.Trusted;

    /// <inheritdoc cref="SampleSupport.UsualCount"/>
    public int UsualCount => support.UsualCount;

    /// <summary>The most that <see cref="OfCandidate"/> gives, in nats.</summary>
    public double MostOfCandidate { get; private set; }

    /// <summary>Learns from a sample of the reads.</summary>
    /// <param name="right">The support of right bases.</param>
    /// <param name="threads">Does not change the result.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static EvidenceWeights Learn(SampleSupport right, int threads, CancellationToken cancellation)
    {
        var tallies = SampleTally.Of(right.Sample, () => new WrongTally(right), (tally, read) => tally.Add(read), threads, cancellation);
        var weights = new EvidenceWeights(right);
        weights.Compute(SampleTally.Sum(tallies, tally => tally.Cells, WrongTally.AllCells), tallies.Sum(tally => tally.Total));
        return weights;
    }

    private sealed class WrongTally(SampleSupport right)
    {
        public const int AllCells = Support.CountBuckets * QualityClasses.Count * Support.RunClasses;

        private readonly ReadSpectrum spectrum = new(right.Table, right.UsualCount);

        /// <summary>Wrong bases with support.</summary>
        public long[] Cells { get; } = new long[AllCells];

        /// <summary>All wrong bases.</summary>
        public long Total { get; private set; }

        public static int Cell(int bucket, int quality, int run) => (((bucket * QualityClasses.Count) + quality) * Support.RunClasses) + run;

        public void Add(Read read)
        {
            spectrum.Load(read.Bases, read.Quality);
            foreach (var position in spectrum.Positions())
            {
                spectrum.PrefetchAlternatives(position + ReadSpectrum.Ahead);
                // Only bases that other reads confirm are surely right, and the others in their place surely wrong.
                if (spectrum.Observed(position) is not { IsWhole: true } observed || observed.Count < right.Trusted)
                    continue;
                Total += 3;
                for (var code = 0; code < 4; code++)
                {
                    if (code == spectrum.Code(position) || !spectrum.MayHaveAlternative(position, code))
                        continue;
                    var support = spectrum.Alternative(position, code);
                    Cells[Cell(support.CountBucket, support.QualityClass, support.RunClass)]++;
                }
            }
        }
    }

    /// <summary>The weight of the support of a base that does not stand in the read, in nats.</summary>
    public double OfCandidate(Support support) => ofCandidate[support.CountBucket, support.QualityClass, support.RunClass];

    /// <summary>The weight of the support of the base as it stands.</summary>
    public double OfObserved(Support support) => ofObserved[support.CountBucket, support.RunClass];

    private void Compute(long[] wrong, long wrongTotal)
    {
        var (right, classShares) = (support.SharesOfRight, support.ClassShares);
        var wrongRate = (wrong.Sum() + PriorOfWrong * PriorWrongRate) / (wrongTotal + PriorOfWrong);
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
                    var ofWrong = (wrong[WrongTally.Cell(bucket, quality, run)] + Spill(wrong, bucket, quality, run) + PriorOfWrong * expected)
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
    private static double Spill(long[] wrong, int bucket, int quality, int run)
    {
        const double Decay = 0.1;
        var spill = 0.0;
        for (var other = 1; other < Support.CountBuckets; other++)
            spill += other == bucket ? 0 : wrong[WrongTally.Cell(other, quality, run)] * Math.Pow(Decay, Math.Abs(other - bucket));
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
