using DnaBart.IO;
using DnaBart.Noise;
using DnaBart.Sequences;

namespace DnaBart.Simulation;

/// <summary>A read and what it would be without errors, on the same strand; quality letters are one a base of each.</summary>
public sealed record SimulatedRead(Read Read, Read Truth);

/// <summary>Draws single-end reads from both strands of a genome, uniformly over all places without an ambiguous base. Read i is a pure
/// function of genome, profile, length, seed and i, so reads can be made in any order.</summary>
public sealed class ReadSimulator
{
    /// <summary>The quality letter of the truth's bases: Phred 40.</summary>
    private const byte Certain = 33 + 40;

    private readonly List<(GenomeSequence Sequence, int Start)> stretches = [];
    private readonly List<long> stretchEnds = [];
    private readonly SequencingProfile profile;
    private readonly int length;
    private readonly ulong seed;
    private readonly double[] dips;
    private readonly double[] errorChances = [.. Enumerable.Range(0, 94).Select(quality => Math.Pow(10, -quality / 10.0))];

    /// <param name="length">Bases of the genome that a read covers; with indels the read may be longer or shorter.</param>
    /// <exception cref="InputException">No sequence has so many bases in a row.</exception>
    public ReadSimulator(IEnumerable<GenomeSequence> genome, SequencingProfile profile, int length, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        (this.profile, this.length, this.seed) = (profile, length, seed);
        dips = [.. Enumerable.Range(0, 2 * length).Select(profile.DipAt)];
        foreach (var sequence in genome)
            AddStretches(sequence);
        if (stretches.Count == 0)
            throw new InputException($"no sequence of the reference has {length} bases A, C, G, T in a row, as a read of that length needs");
    }

    /// <summary>Bases A, C, G, T of the genome that reads can cover.</summary>
    public long GenomeBases { get; private set; }

    /// <summary>How many reads give a coverage.</summary>
    public long CountFor(double coverage) => (long)Math.Round(coverage * GenomeBases / length);

    /// <summary>Makes read number <paramref name="index"/>. Its name is that number, from 1, then the place it comes from
    /// (<see cref="ReadPlace"/>), in the genome that it is drawn from: for a strain, its indels counted.</summary>
    public SimulatedRead Make(long index)
    {
        var random = new CounterRandom(seed, RandomStreams.SimulatedRead, (ulong)index);
        var (sequence, start) = DrawPlace(ref random);
        var forward = random.NextBernoulli(0.5);
        var truth = sequence.Bases.AsSpan(start, length).ToArray();
        if (!forward)
            Nucleotides.ReverseComplement(sequence.Bases.AsSpan(start, length), truth);
        var (bases, quality) = Sequence(truth, ref random);
        var name = $"{index + 1} {new ReadPlace(sequence.Name, start, !forward)}";
        var certain = new byte[length];
        certain.AsSpan().Fill(Certain);
        return new SimulatedRead(new Read(name, bases, quality), new Read(name, truth, certain));
    }

    private (GenomeSequence Sequence, int Start) DrawPlace(ref CounterRandom random)
    {
        var place = random.NextInt64(stretchEnds[^1]);
        var found = stretchEnds.BinarySearch(place + 1);
        var stretch = found >= 0 ? found : ~found;
        var (sequence, start) = stretches[stretch];
        return (sequence, start + (int)(place - (stretch == 0 ? 0 : stretchEnds[stretch - 1])));
    }

    private (byte[] Bases, byte[] Quality) Sequence(byte[] truth, ref CounterRandom random)
    {
        var most = profile.Indels ? 2 * truth.Length : truth.Length;
        Span<byte> bases = most <= 1024 ? stackalloc byte[most] : new byte[most];
        Span<byte> quality = most <= 1024 ? stackalloc byte[most] : new byte[most];
        var made = 0;
        var qualities = new QualityWalk(profile, dips);
        foreach (var original in truth)
        {
            var phred = qualities.Next(made, ref random);
            var letter = original;
            if (random.NextBernoulli(profile.UniformRate ?? errorChances[phred]))
            {
                var kind = profile.Indels ? random.NextInt32(3) : 0;
                if (kind == 1)
                    continue;
                if (kind == 0)
                {
                    letter = Bases.DrawOther(original, ref random);
                }
                else
                {
                    (bases[made], quality[made++]) = (Bases.Draw(ref random), (byte)(phred + 33));
                    phred = qualities.Next(made, ref random);
                }
            }
            (bases[made], quality[made++]) = (letter, (byte)(phred + 33));
        }
        return (bases[..made].ToArray(), quality[..made].ToArray());
    }

    /// <summary>Finds the runs of A, C, G, T that are long enough for a read.</summary>
    private void AddStretches(GenomeSequence sequence)
    {
        var bases = sequence.Bases.AsSpan();
        for (var start = 0; start < bases.Length;)
        {
            var run = bases[start..].IndexOfAnyExcept("ACGT"u8);
            if (run < 0)
                run = bases.Length - start;
            if (run >= length)
            {
                stretches.Add((sequence, start));
                stretchEnds.Add((stretchEnds.Count == 0 ? 0 : stretchEnds[^1]) + run - length + 1);
                GenomeBases += run;
            }
            start += run + 1;
        }
    }

    /// <summary>The qualities of one read, cycle by cycle.</summary>
    private struct QualityWalk(SequencingProfile profile, double[] dips)
    {
        private static readonly double Renewal = Math.Sqrt(1 - SequencingProfile.Persistence * SequencingProfile.Persistence);
        private double z = double.NaN;

        public int Next(int cycle, ref CounterRandom random)
        {
            if (profile.LastDip == 0)
                return profile.Ceiling;
            var normal = NextNormal(ref random);
            z = double.IsNaN(z) ? normal : SequencingProfile.Persistence * z + Renewal * normal;
            var quality = profile.Ceiling - (int)Math.Round(dips[cycle] * Math.Exp(profile.Spread * z));
            return Math.Clamp(quality, SequencingProfile.Floor, profile.Ceiling);
        }

        /// <summary>A standard normal draw (Box and Muller 1958).</summary>
        private static double NextNormal(ref CounterRandom random)
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            return radius * Math.Cos(2 * Math.PI * random.NextDouble());
        }
    }
}
