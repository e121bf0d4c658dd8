using DnaBart.Batching;
using DnaBart.Correction;
using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>The k-mer spectrum of a data set: what its reads say about each other (Pevzner et al. 2001; Kelley et al., "Quake", Genome
/// Biol. 11:R116, 2010). All reads are counted first; then any read can be weighed or corrected.</summary>
public sealed class KmerSpectrum
{
    /// <summary>k for reads that are not deep, where the genome's size is not told: random k-mers of genomes up to 100 Mb seldom meet.</summary>
    public const int DefaultK = 21;

    /// <summary>The k for a genome whose reads are not deep: odd, since then no k-mer is its own reverse complement, and so long that a random k-mer is found in it
    /// once in a million; within what the table holds.</summary>
    public static int KFor(long genomeBases) => Math.Clamp((int)Math.Ceiling(Math.Log(genomeBases, 4) + 10) | 1, 17, KmerTable.LongestK);

    /// <summary>Natural log-odds by which a correction must win: four to one.</summary>
    public static readonly double DefaultMargin = Math.Log(4);

    // Other reads over a base at half of the bases. On yeast I the longest k won from 8x on, 21 at 5x. From there on nearly all errors show, too.
    private const int Deep = 7;

    // In a read of fewer long k-mers too many hold an error, or the read's end.
    private const int KmersOfLongRead = 3;

    /// <summary>Reads that are counted or corrected as one piece of work; mates stay together.</summary>
    private const int ChunkReads = 2048;

    private const int MostSampled = 20_000;

    // More than so many short reads have: what long ones show is learned from as much.
    private const long MostSampledBases = 10_000_000;

    // Insertions and deletions a base, before any was seen, and at least: lower than ART's defaults (about 1e-4; Huang et al. 2012), so that it takes
    // clear support. As many bases without any as it counts for say little.
    private const double LeastIndelRate = 1e-5;
    private const double BasesOfIndelRate = 100_000;

    // They tell the rate well enough.
    private const long MostBasesForIndelRate = 1_000_000;

    private readonly KmerTable table;
    private readonly SampleSupport support;
    private readonly EvidenceWeights weights;
    private readonly QualityCalibration qualities;
    private readonly Lazy<double> logIndelRate;

    private KmerSpectrum(SampleSupport support, int threads, CancellationToken cancellation)
    {
        this.support = support;
        table = support.Table;
        weights = EvidenceWeights.Learn(support, threads, cancellation);
        qualities = QualityCalibration.Learn(() => new SpectrumEvidence(weights), Sample, threads, cancellation);
        logIndelRate = new(LearnLogIndelRate);
    }

    public int K => table.K;

    /// <summary>Reads of the data set, some thousands, evenly spread over it; of pairs, both mates.</summary>
    public IReadOnlyList<Read> Sample => support.Sample;

    /// <summary>Distinct k-mers.</summary>
    public long DistinctKmers => table.Distinct;

    /// <summary>The median number of other reads that share the k-mers of a base.</summary>
    public int MedianDepth => support.Overall.MedianDepth;

    /// <summary>The share of bases whose k-mers another read has; only these can be corrected.</summary>
    public double CoveredShare => support.CoveredShare;

    /// <summary>Counts the reads of a data set, by long k-mers where they are deep: these tell more of a repeat's copies apart, and find other reads
    /// only where many overlap.</summary>
    /// <param name="k">For reads that are not deep.</param>
    /// <inheritdoc cref="Count(IEnumerable{Read}, int, bool, int, CancellationToken)"/>
    public static KmerSpectrum CountByDepth(IEnumerable<Read> reads, int k, bool paired, int threads, CancellationToken cancellation = default) =>
        CountAgainWhereDeep(
            reads, k, sample => sample.Average(read => read.Bases.Length) >= KmersOfLongRead * KmerTable.LongestK ? KmerTable.LongestK : k, paired, threads, cancellation);

    /// <summary>Counts the reads of a data set. Where they are deep, what both mates of a pair show counts once: other molecules know better what copying did to
    /// theirs. Where they are not, a mate is often the only one to confirm a base.</summary>
    /// <param name="reads">All reads; enumerated on one other thread, once more where they are deep and another k or mates count, and where all qualities are unknown.</param>
    /// <param name="k">1 to <see cref="KmerTable.LongestK"/>.</param>
    /// <param name="paired">Whether every first read is followed by its mate.</param>
    /// <param name="threads">Does not change the result.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static KmerSpectrum Count(IEnumerable<Read> reads, int k, bool paired, int threads, CancellationToken cancellation = default) =>
        CountAgainWhereDeep(reads, k, _ => k, paired, threads, cancellation);

    private static KmerSpectrum CountAgainWhereDeep(
        IEnumerable<Read> reads, int k, Func<IReadOnlyList<Read>, int> deepK, bool paired, int threads, CancellationToken cancellation)
    {
        var support = CountOnce(reads, k, mates: false, anyQuality: false, threads, cancellation);
        // Qualities that say nothing, as of reads that were FASTA or never had any.
        var anyQuality = support.Table.Distinct == 0;
        if (anyQuality)
            support = CountOnce(reads, k, mates: false, anyQuality, threads, cancellation);
        if (support.Overall.MedianDepth >= Deep && deepK(support.Sample) is var again && (paired || again != k))
            support = CountOnce(reads, again, paired, anyQuality, threads, cancellation);
        return new KmerSpectrum(support, threads, cancellation);
    }

    private static SampleSupport CountOnce(IEnumerable<Read> reads, int k, bool mates, bool anyQuality, int threads, CancellationToken cancellation)
    {
        var table = new KmerTable(k, anyQuality);
        var sample = new ReadSample(MostSampled, MostSampledBases);
        OrderedPipeline.Run(
            ReadChunks.Of(sample.Watch(reads), ChunkReads),
            () => new KmerCounter(table, mates),
            (counter, batch, token) =>
            {
                token.ThrowIfCancellationRequested();
                counter.Add(batch);
                return 0;
            },
            _ => { },
            threads, cancellation);
        return SampleSupport.Of(table, sample.Reads, threads, cancellation);
    }

    /// <summary>Corrects reads and hands them on in their order.</summary>
    /// <param name="margin">Natural log-odds by which a change must win.</param>
    /// <param name="indels">As <see cref="CreateCorrector"/> takes it.</param>
    /// <param name="threads">Does not change the result.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public CorrectionSummary Correct(IEnumerable<Read> reads, Action<CorrectedRead> consume, double margin, bool indels, int threads,
        CancellationToken cancellation = default) =>
        new CorrectionPipeline(() => CreateCorrector(margin, indels), threads, ChunkReads).Run(reads, consume, cancellation);

    /// <summary>A corrector for one thread.</summary>
    /// <param name="margin">Natural log-odds by which a change must win.</param>
    /// <param name="indels">Whether insertions and deletions of a few bases are put right too, and reads change their length.</param>
    public SpectrumCorrector CreateCorrector(double margin, bool indels) =>
        CreateCorrector(margin, indels ? logIndelRate.Value : null);

    private SpectrumCorrector CreateCorrector(double margin, double? logRate) => new(weights, qualities, margin, logRate);

    private double LearnLogIndelRate()
    {
        var corrector = CreateCorrector(DefaultMargin, Math.Log(LeastIndelRate));
        var (found, bases) = (0L, 0L);
        foreach (var read in Sample.TakeWhile(_ => bases < MostBasesForIndelRate))
        {
            bases += read.Bases.Length;
            found += corrector.Correct(read).Indels;
        }
        return Math.Log(Math.Max(LeastIndelRate, found / (bases + BasesOfIndelRate)));
    }
}
