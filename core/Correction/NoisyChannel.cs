namespace DnaBart.Correction;

/// <summary>Weighs what the model expects against what the sequencer saw and what other reads show (DESIGN, Correction 2). A base that
/// differs from what the model knows is an error, or a true variant of a sample that diverges from the model's genome, or else the model
/// is wrong: a change is made where the first outweighs the others. However sure the model is of its genome, it says nothing against a
/// variant, so the divergence bounds its weight.</summary>
/// <param name="threshold">Natural log-odds by which a change must win.</param>
/// <param name="qualityWeight">How much of the qualities' log-odds counts, from 0 to 1.</param>
/// <param name="modelOffset">Added to the model's log-odds of a change: it was trained to expect a share of errors, and holds against a
/// change what the qualities say better.</param>
/// <remarks>Sums and maxima are over natural logarithms of chances.</remarks>
public sealed class NoisyChannel(double threshold, double qualityWeight, double modelOffset)
{
    // Differences before any was seen, and bases in which to see them: an estimate is never 0, and the usual one where other reads settle all.
    private const double PriorDifferences = 0.25;
    private static readonly double PriorBases = PriorDifferences / Divergence.Usual.OfSample;

    // By which the copies of a repeat differ that a model takes for one another: some percent.
    private const double OfNearCopies = 0.01;

    // Reads of such places, among those that show a difference; a guess.
    private const double ReadsOfNearCopies = 0.02;

    // Of a base within a token or two of one that differs; a guess.
    private const double BesideVariant = 0.05;

    private const int Rounds = 20;

    public double QualityWeight => qualityWeight;

    /// <summary>The natural log-odds of a change over no change. What the model and the other reads say for it does not add up: a model that takes a read
    /// for one of a near copy of its place proposes what reads of that copy show, so the stronger of the two stands for both. What the other
    /// reads say against it counts.</summary>
    /// <param name="divergence">Share of bases at which the read's origin differs from what the model knows, above 0.</param>
    public double LogOdds(WeighedProposal weighed, double divergence)
    {
        var model = -LogSum(-(weighed.Proposal.ModelLogOdds + modelOffset), LogOfVariants(weighed, divergence));
        var spectrum = weighed.SpectrumLogOdds;
        return weighed.QualityLogOdds + (spectrum > 0 ? Math.Max(model, spectrum) : model + spectrum);
    }

    public bool Accepts(double logOdds) => logOdds > threshold;

    /// <summary>The divergence of a sample by expectation maximization (Dempster et al. 1977): the share of bases at which the model
    /// disagrees though quality and other reads speak for the base. Where most reads show no difference, it is taken from how many show
    /// one, as variants that lie at random have it (Poisson): reads with several are then mostly of places that the model knows
    /// only a near copy of. They were most of what was counted on reads of a genome that the model had learned.</summary>
    /// <param name="reads">The proposals, turned down or not, of each read of a sample.</param>
    /// <param name="bases">Of these reads.</param>
    public Divergence EstimateDivergence(IReadOnlyList<IReadOnlyList<WeighedProposal>> reads, long bases)
    {
        var ofOneReading = EstimateDivergence(reads, bases, static _ => true);
        // A model of one strand reads no read twice.
        return reads.Any(read => read.Any(proposal => proposal.Agreed))
            ? new Divergence(EstimateDivergence(reads, bases, static proposal => proposal.Agreed), Math.Max(ofOneReading, Divergence.Usual.OfOneReading))
            : new Divergence(ofOneReading, ofOneReading);
    }

    private double EstimateDivergence(IReadOnlyList<IReadOnlyList<WeighedProposal>> reads, long bases, Func<WeighedProposal, bool> counts)
    {
        var ofAll = Estimate([.. reads.SelectMany(read => read).Where(counts)], bases);
        if (2 * reads.Sum(read => ChanceOfNone(read, ofAll)) <= reads.Count)
            return ofAll;
        var divergence = ofAll;
        for (var round = 0; round < Rounds; round++)
        {
            var ofNone = reads.Sum(read => ChanceOfNone(read, divergence)) * bases / reads.Count;
            divergence = (reads.Sum(read => ChanceOfOne(read, divergence, counts)) + PriorDifferences) / (ofNone + PriorBases);
        }
        return divergence;
    }

    /// <summary>The divergence of one read, which may be of a place that the model knows only a near copy of.</summary>
    /// <param name="others">All proposals of the read but the one that it is to judge: one difference at high quality says nothing about
    /// itself, two say that the read is of something else.</param>
    public double EstimateDivergence(IReadOnlyList<WeighedProposal> others, int bases, double ofSample)
    {
        if (others.Count == 0 || ofSample > OfNearCopies)
            return ofSample;
        var ofNearCopy = Math.Log(ReadsOfNearCopies) + bases * Math.Log(1 - OfNearCopies) + others.Sum(other => LogOfProposal(other, OfNearCopies));
        var chance = 1 / (1 + Math.Exp(others.Sum(other => LogOfProposal(other, ofSample)) - ofNearCopy));
        return ofSample + chance * (OfNearCopies - ofSample);
    }

    // The chance that the model proposes it, against that of an undisturbed base: an error, a variant, or a mistake of the model. That other reads
    // show the same is no surprise in any of these: in a near copy they are of the copy that the model takes it for.
    private double LogOfProposal(WeighedProposal weighed, double divergence) => LogSum(
        LogSum(LogOfVariants(weighed, divergence), weighed.QualityLogOdds + Math.Min(0, weighed.SpectrumLogOdds)),
        -(weighed.Proposal.ModelLogOdds + modelOffset));

    private double Estimate(IReadOnlyList<WeighedProposal> proposals, long bases)
    {
        var divergence = 0.01;
        for (var round = 0; round < Rounds; round++)
        {
            var variants = proposals.Sum(proposal => proposal.Proposal.Bases.Count * ChanceOfVariants(proposal, divergence));
            divergence = Math.Min(0.5, (PriorDifferences + variants) / (bases + PriorBases));
        }
        return divergence;
    }

    // That none of a read's differences is a variant.
    private double ChanceOfNone(IReadOnlyList<WeighedProposal> proposals, double divergence) =>
        proposals.Aggregate(1.0, (product, weighed) => product * (1 - ChanceOfVariants(weighed, divergence)));

    // That one base is, and whatever stands beside it is well explained as an error: however few the variants, three in a read are no three errors.
    private double ChanceOfOne(IReadOnlyList<WeighedProposal> proposals, double divergence, Func<WeighedProposal, bool> counts) =>
        proposals.Where(weighed => weighed.Proposal.Bases.Count == 1 && counts(weighed)).Sum(weighed =>
            ChanceOfVariants(weighed, divergence)
            * ChanceOfNone([.. proposals.Where(other => other != weighed)], Math.Max(divergence, OfNearCopies)));

    // That the bases are variants, and neither errors of the read nor the model's.
    private double ChanceOfVariants(WeighedProposal weighed, double divergence)
    {
        var variants = LogOfVariants(weighed, divergence);
        return Math.Exp(variants - LogSum(LogSum(variants, -(weighed.Proposal.ModelLogOdds + modelOffset)), weighed.OtherLogOdds));
    }

    // The chance that all its bases are variants, and these very ones. They stand close together, and where one base differs others do more often than
    // chance has it: a read of a near copy, or a variant of several bases.
    private static double LogOfVariants(WeighedProposal weighed, double divergence) =>
        Math.Log(divergence / 3) + ((weighed.Proposal.Bases.Count - 1) * Math.Log(Math.Max(divergence, BesideVariant) / 3));

    private static double LogSum(double a, double b) => Math.Max(a, b) + Math.Log(1 + Math.Exp(-Math.Abs(a - b)));
}
