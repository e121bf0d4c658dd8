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

    public static List<SimulatedRead> Simulate(GenomeSequence genome, string profile, double coverage, ulong seed)
    {
        var parsed = SequencingProfile.Parse(profile);
        var simulator = new ReadSimulator([genome], parsed, parsed.Length, seed);
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
}
