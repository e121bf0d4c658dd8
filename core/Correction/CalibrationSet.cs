using System.Collections.Concurrent;
using DnaBart.IO;
using DnaBart.Noise;
using DnaBart.Sequences;
using DnaBart.Simulation;
using DnaBart.Spectrum;

namespace DnaBart.Correction;

/// <summary>What reads are of, by what a model knows of it.</summary>
public enum CalibrationOrigin
{
    /// <summary>The model's own genome.</summary>
    Known,

    /// <summary>A strain of it, half a percent away.</summary>
    Strain,

    /// <summary>What the model does not know: its genome read backwards, not complemented, which keeps composition and low complexity.</summary>
    Foreign,
}

/// <summary>Simulated reads of which the truth is known, and what the model says of them, asked once.</summary>
internal sealed class CalibrationSet
{
    private const double StrainSnvRate = 0.005;

    // Of a larger genome a stretch is taken, so that a set of some coverage is soon corrected.
    private const int LongestGenome = 300_000;

    // Of stretches, where those drawn are short contigs or unknown bases.
    private const int MostDraws = 1000;

    private readonly Read[] raw, truth;
    private readonly TrueVariants? variants;
    private readonly KmerSpectrum spectrum;
    private readonly ConcurrentDictionary<string, List<Proposal>> memory = new();

    /// <exception cref="InputException">The genome has too few bases in a row for reads.</exception>
    public CalibrationSet(IReadOnlyList<FastaSequence> genome, CalibrationOrigin origin, SequencingProfile profile, double coverage, ulong seed)
    {
        var differing = new List<Variant>();
        var strain = new Strain(origin == CalibrationOrigin.Strain ? StrainSnvRate : 0, 0, seed);
        var sequences = Stretch(genome, profile.Length, seed).Select((sequence, number) => strain.Mutate(sequence, number, differing));
        if (origin == CalibrationOrigin.Foreign)
            sequences = sequences.Select(sequence => sequence with { Bases = [.. sequence.Bases.Reverse()] });
        var simulator = new ReadSimulator(sequences, profile, profile.Length, seed);
        var reads = Enumerable.Range(0, (int)simulator.CountFor(coverage)).Select(i => simulator.Make(i)).ToArray();
        raw = Array.ConvertAll(reads, read => read.Read);
        truth = Array.ConvertAll(reads, read => read.Truth);
        variants = origin == CalibrationOrigin.Strain ? new ListedVariants(differing) : null;
        spectrum = KmerSpectrum.CountByDepth(raw, KmerSpectrum.DefaultK, paired: false, threads: 1);
    }

    public int Reads => raw.Length;

    /// <summary>Corrects the reads by some settings, as a user's would be, and compares them with their truth.</summary>
    public CorrectionEvaluation Evaluate(
        Func<IReadProposer> newProposer, KnownMistakes mistakes, CorrectionSettings settings, int workers, int chunkReads, CancellationToken cancellation)
    {
        var correction = new ModelCorrection(() => new RememberingProposer(newProposer(), memory), mistakes, settings, workers, chunkReads);
        var corrected = new List<Read>(raw.Length);
        var divergence = correction.EstimateDivergence(spectrum, cancellation);
        correction.Correct(raw, read => corrected.Add(read.Read with { Bases = read.Bases }), spectrum, divergence, indels: false, cancellation);
        return CorrectionEvaluation.AgainstTruth(raw, corrected, truth, variants, workers, cancellation);
    }

    /// <summary>The genome, or of a larger one a stretch at random that reads can be drawn from.</summary>
    /// <exception cref="InputException">Reads can be drawn from none.</exception>
    private static IReadOnlyList<FastaSequence> Stretch(IReadOnlyList<FastaSequence> genome, int readBases, ulong seed)
    {
        var total = genome.Sum(sequence => (long)sequence.Bases.Length);
        var random = new CounterRandom(seed, RandomStreams.Calibration, 0);
        for (var draws = 0; draws < MostDraws; draws++)
        {
            var stretch = total <= LongestGenome ? genome : [Draw(genome, random.NextInt64(total))];
            if (stretch.Any(sequence => HasRead(sequence.Bases, readBases)))
                return stretch;
        }
        throw new InputException($"the genome has hardly {readBases} bases A, C, G, T in a row, as many as a read of those to be simulated; give what the model was trained on");
    }

    private static FastaSequence Draw(IReadOnlyList<FastaSequence> genome, long place)
    {
        var sequence = genome.First(one => (place -= one.Bases.Length) < 0);
        var start = (int)Math.Max(0, Math.Min(place + sequence.Bases.Length, sequence.Bases.Length - LongestGenome));
        return sequence with { Bases = sequence.Bases[start..Math.Min(start + LongestGenome, sequence.Bases.Length)] };
    }

    private static bool HasRead(byte[] bases, int readBases)
    {
        var run = 0;
        foreach (var letter in bases)
        {
            run = Nucleotides.Code(letter) < 0 ? 0 : run + 1;
            if (run == readBases)
                return true;
        }
        return false;
    }
}
