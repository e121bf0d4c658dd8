using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>What support by other reads is worth, learned from the data set itself, for each of its <see cref="DepthClasses"/>. A base of good quality is nearly
/// always right, and another base in its place nearly always wrong: the supports of the ones and of the others, over a sample of reads, are the two
/// distributions whose ratio is the weight of evidence (Good 1950). Coverage, its unevenness, repeats, variants and the other reads'
/// errors are all in them, whatever the data; no genome size and no threshold is needed.</summary>
internal sealed class EvidenceWeights
{
    private const int Letters = 256;

    private readonly SampleSupport right;
    private readonly ClassWeights[] byClass;

    private EvidenceWeights(SampleSupport right, ClassWeights[] byClass) => (this.right, this.byClass) = (right, byClass);

    /// <summary>The counts of all reads.</summary>
    public KmerTable Table => right.Table;

    /// <summary>The weights of a depth class.</summary>
    public ClassWeights this[int depthClass] => byClass[depthClass];

    /// <summary>What a read is looked at with; for one thread.</summary>
    public ReadSpectrum NewSpectrum() => right.NewSpectrum();

    /// <summary>Learns from a sample of the reads.</summary>
    /// <param name="right">The support of right bases.</param>
    /// <param name="threads">Does not change the result.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static EvidenceWeights Learn(SampleSupport right, int threads, CancellationToken cancellation)
    {
        var tallies = SampleTally.Of(right.Sample, () => new WrongTally(right), (tally, read) => tally.Add(read), threads, cancellation);
        var classes = right.ByClass.Count;
        var supports = SampleTally.Rows(SampleTally.Sum(tallies, tally => tally.Supports, classes * ClassWeights.Cells), classes);
        var totals = SampleTally.Sum(tallies, tally => tally.Totals, classes);
        var shown = SampleTally.Rows(SampleTally.Sum(tallies, tally => tally.Shown, classes * Letters), classes);
        var replaced = SampleTally.Rows(SampleTally.Sum(tallies, tally => tally.Replaced, classes * Letters), classes);
        var rates = CopyRates.Of(shown, replaced, SampleTally.Sum(tallies, tally => tally.Unseen, classes));
        return new EvidenceWeights(right, [.. right.ByClass.Select((ofClass, one) => ClassWeights.Of(ofClass, right, supports[one], totals[one], rates[one]))]);
    }

    private sealed class WrongTally(SampleSupport right)
    {
        private readonly ReadSpectrum spectrum = right.NewSpectrum();

        /// <summary>Wrong bases with support, by class and <see cref="ClassWeights.Cell"/>.</summary>
        public long[] Supports { get; } = new long[right.ByClass.Count * ClassWeights.Cells];

        /// <summary>All wrong bases, by class.</summary>
        public long[] Totals { get; } = new long[right.ByClass.Count];

        /// <summary>As <see cref="CopyRates.Of"/> takes them.</summary>
        public long[] Shown { get; } = new long[right.ByClass.Count * Letters];
        public long[] Replaced { get; } = new long[right.ByClass.Count * Letters];
        public long[] Unseen { get; } = new long[right.ByClass.Count];

        public void Add(Read read)
        {
            spectrum.Load(read.Bases, read.Quality);
            foreach (var position in spectrum.Positions())
            {
                spectrum.PrefetchAlternatives(position + ReadSpectrum.Ahead);
                var depthClass = spectrum.DepthClassAt(position);
                var observed = spectrum.Observed(position);
                TallyCopies(position, observed, depthClass, read.Quality[position]);
                // Only bases that other reads confirm are surely right, and the others in their place surely wrong; beside a place where something else follows, as an
                // adapter does, those that no read shows where none shows the right one.
                if (observed.Count < right.ByClass[depthClass].Trusted)
                    continue;
                Totals[depthClass] += 3;
                for (var code = 0; code < 4; code++)
                {
                    if (code != spectrum.Code(position) && spectrum.MayHaveAlternative(position, code) && (observed.IsWhole || spectrum.StandsWherever(position, code)))
                        Supports[(depthClass * ClassWeights.Cells) + ClassWeights.Cell(spectrum.Alternative(position, code))]++;
                }
            }
        }

        // One other read, and of a deep place some, may show an error.
        private void TallyCopies(int position, Support observed, int depthClass, byte letter)
        {
            var (least, cell) = (Math.Max(2, right.ByClass[depthClass].Trusted), (depthClass * Letters) + letter);
            var replaced = !Shows(observed) && spectrum.Alternatives(position).Any(Shows);
            Shown[cell] += replaced || Shows(observed) ? 1 : 0;
            Replaced[cell] += replaced ? 1 : 0;
            Unseen[depthClass] += replaced && !observed.IsWhole ? 1 : 0;

            bool Shows(Support support) => support.IsWhole && support.Count >= least;
        }
    }
}
