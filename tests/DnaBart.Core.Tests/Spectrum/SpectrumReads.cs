using DnaBart.Fixtures;
using DnaBart.Noise;
using DnaBart.Sequences;
using DnaBart.Simulation;
using DnaBart.Spectrum;

namespace DnaBart.Core.Tests.Spectrum;

/// <summary>Genomes, reads of them, and their correction by each other.</summary>
internal static class SpectrumReads
{
    private static readonly Lazy<GenomeSequence> OfSars = new(() => Load(SharedData.Sample("genomes/SARS-CoV-2.NC_045512.2.fa.gz")));

    public static GenomeSequence Sars => OfSars.Value;

    /// <summary>The first sequence of a FASTA file.</summary>
    public static GenomeSequence Load(string path)
    {
        using var reader = FastaReader.Open(path);
        return GenomeSequence.Of(reader.ReadAll().First());
    }

    public static byte[] RandomBases(int length, double gc)
    {
        var random = new CounterRandom(3, RandomStreams.Evaluation, 0);
        var bases = new byte[length];
        for (var i = 0; i < length; i++)
            bases[i] = (random.NextBernoulli(gc) ? "CG"u8 : "AT"u8)[random.NextInt32(2)];
        return bases;
    }

    /// <summary>A base that is not this one.</summary>
    public static byte Other(byte letter) => letter == (byte)'A' ? (byte)'C' : (byte)'A';

    /// <param name="length">The profile's own without it.</param>
    public static List<SimulatedRead> Simulate(GenomeSequence genome, string profile, double coverage, ulong seed, int? length = null)
    {
        var parsed = SequencingProfile.Parse(profile);
        var simulator = new ReadSimulator([genome], parsed, length ?? parsed.Length, seed);
        return [.. Enumerable.Range(0, (int)simulator.CountFor(coverage)).Select(i => simulator.Make(i))];
    }

    /// <summary>The bases of the reads after correction, in their order.</summary>
    public static List<byte[]> CorrectAll(IReadOnlyList<Read> reads, int threads, bool indels = false)
    {
        var spectrum = KmerSpectrum.CountByDepth(reads, KmerSpectrum.DefaultK, paired: false, threads);
        var corrected = new List<byte[]>(reads.Count);
        spectrum.Correct(reads, read => corrected.Add(read.Bases), KmerSpectrum.DefaultMargin, indels, threads);
        return corrected;
    }

    /// <summary>Reads corrected by each other.</summary>
    public static Outcome Correct(IReadOnlyList<SimulatedRead> reads) => Outcome.Of(reads, CorrectAll([.. reads.Select(read => read.Read)], threads: 2));
}

/// <summary>What correction did to reads.</summary>
/// <param name="MadeWrong">Bases that were right before.</param>
/// <param name="Changed">Bases that are others than before.</param>
internal sealed record Outcome(double Gain, double Precision, int MadeWrong, int Changed)
{
    /// <param name="corrected">The bases of each read.</param>
    public static Outcome Of(IReadOnlyList<SimulatedRead> reads, IReadOnlyList<byte[]> corrected)
    {
        var (right, wrong, errors, changed) = (0, 0, 0, 0);
        for (var r = 0; r < reads.Count; r++)
        {
            var (before, truth) = (reads[r].Read.Bases, reads[r].Truth.Bases);
            for (var i = 0; i < before.Length; i++)
            {
                errors += before[i] != truth[i] ? 1 : 0;
                right += before[i] != truth[i] && corrected[r][i] == truth[i] ? 1 : 0;
                wrong += before[i] == truth[i] && corrected[r][i] != truth[i] ? 1 : 0;
                changed += before[i] != corrected[r][i] ? 1 : 0;
            }
        }
        return new Outcome(errors == 0 ? 0 : (right - wrong) / (double)errors, right + wrong == 0 ? 1 : right / (double)(right + wrong), wrong, changed);
    }
}
