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
    // Reads of which divergence is estimated: some ten thousands of bases.
    private const int DivergenceReads = 500;

    private readonly NoisyChannel channel = new(settings.Threshold, settings.QualityWeight, settings.ModelOffset);

    /// <summary>Estimates the divergence of a data set from some hundred of its reads.</summary>
    public Divergence EstimateDivergence(KmerSpectrum spectrum, CancellationToken cancellation)
    {
        var step = Math.Max(1, spectrum.Sample.Count / DivergenceReads);
        var sample = spectrum.Sample.Where((_, i) => i % step == 0).Take(DivergenceReads).ToList();
        var (proposals, bases) = NewReadCorrector(spectrum, Divergence.Usual).Weigh(sample, cancellation);
        return channel.EstimateDivergence(proposals, bases);
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

    private ReadCorrector NewReadCorrector(KmerSpectrum? spectrum, Divergence divergence, bool indels = false) =>
        new(newProposer(), channel, divergence, mistakes, spectrum?.CreateCorrector(KmerSpectrum.DefaultMargin, indels));
}
