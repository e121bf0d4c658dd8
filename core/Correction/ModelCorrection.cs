using DnaBart.Sequences;
using DnaBart.Spectrum;

namespace DnaBart.Correction;

/// <summary>Corrects data sets by a model, its settings, and what the reads of a set say about each other.</summary>
/// <param name="newProposer">Asks the model; called on the thread that is to use it.</param>
/// <param name="mistakes">What the model is known to get wrong.</param>
/// <param name="workers">Chunks corrected at once. It does not change the result.</param>
/// <param name="chunkReads">Reads that are put into batches together.</param>
public sealed class ModelCorrection(Func<IReadProposer> newProposer, KnownMistakes mistakes, CorrectionSettings settings, int workers, int chunkReads)
{
    // Reads, or bases where reads are long, of which divergence is estimated; the model takes a while for each.
    private const int DivergenceReads = 500;
    private const long DivergenceBases = 200_000;

    private readonly NoisyChannel channel = new(settings.Threshold, settings.QualityWeight, settings.ModelOffset);

    /// <summary>Estimates the divergence of a data set from some hundred of its reads, of those that the other reads leave open.</summary>
    public Divergence EstimateDivergence(KmerSpectrum spectrum, CancellationToken cancellation)
    {
        var corrector = NewReadCorrector(spectrum, Divergence.Usual);
        var weighed = new List<IReadOnlyList<WeighedProposal>>();
        var bases = 0L;
        foreach (var part in SpreadParts(spectrum.Sample).TakeWhile(_ => weighed.Count < DivergenceReads && bases < DivergenceBases))
        {
            var (proposals, basesOfPart) = corrector.Weigh(part, cancellation);
            weighed.AddRange(proposals);
            bases += basesOfPart;
        }
        return channel.EstimateDivergence(weighed, bases);
    }

    /// <summary>Corrects reads and hands them on in their order (<see cref="CorrectionPipeline"/>).</summary>
    /// <param name="spectrum">What these reads say about each other; null for the model alone.</param>
    /// <param name="divergence">From <see cref="EstimateDivergence"/>, or told by the user.</param>
    /// <param name="indels">As <see cref="KmerSpectrum.CreateCorrector"/> takes it.</param>
    public CorrectionSummary Correct(
        IEnumerable<Read> reads, Action<CorrectedRead> consume, KmerSpectrum? spectrum, Divergence divergence, bool indels, CancellationToken cancellation) =>
        new CorrectionPipeline(() => NewReadCorrector(spectrum, divergence, indels), workers, chunkReads).Run(reads, consume, cancellation);

    /// <summary>Makes a corrector for one thread, to be called on that thread.</summary>
    public IReadCorrector NewCorrector(KmerSpectrum? spectrum, Divergence divergence) => NewReadCorrector(spectrum, divergence);

    /// <summary>Cuts a sample into parts, each spread over all of it, that are about as large as what divergence is estimated of.</summary>
    private static IEnumerable<IReadOnlyList<Read>> SpreadParts(IReadOnlyList<Read> sample)
    {
        // Odd: of pairs, both mates.
        var parts = Math.Max(sample.Count / DivergenceReads, sample.Sum(read => (long)read.Bases.Length) / DivergenceBases) | 1;
        for (var part = 0; part < parts; part++)
            yield return [.. sample.Where((_, i) => i % parts == part)];
    }

    private ReadCorrector NewReadCorrector(KmerSpectrum? spectrum, Divergence divergence, bool indels = false) =>
        new(newProposer(), channel, divergence, mistakes, spectrum?.CreateCorrector(Math.Max(KmerSpectrum.DefaultMargin, settings.Threshold), indels));
}
