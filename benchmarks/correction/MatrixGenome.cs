using DnaBart.Noise;
using DnaBart.Sequences;

namespace DnaBart.Benchmarks.Correction;

/// <summary>A genome of the matrix; of a large one the part that some coverage needs is taken.</summary>
/// <param name="Name">As the tables have it.</param>
internal sealed record MatrixGenome(string Name, byte[] Bases)
{
    private const ulong Seed = 66;

    /// <summary>What a set of reads is drawn from at least, where the genome has so much.</summary>
    private const int ShortestSlice = 20_000;

    // Behind telomeres and the like; random in no way, and the same for every run.
    private const double SliceStart = 0.4;

    private static ReadOnlySpan<byte> Letters => "ACGT"u8;

    /// <summary>The genomes of the matrix, from the folder of large test data.</summary>
    public static IEnumerable<MatrixGenome> LoadAll(string folder)
    {
        MatrixGenome Load(string name, string file, string? sequence = null)
        {
            using var reader = FastaReader.Open(Path.Combine(folder, file));
            return new MatrixGenome(name, Upper(reader.ReadAll().First(one => sequence is null || one.Id == sequence).Bases));
        }
        var coli = Load("E. coli", "E_coli_K12_MG1655.NC_000913.2.fa.gz");
        return
        [
            Load("SARS-CoV-2", "SARS-CoV-2.NC_045512.2.fa.gz"),
            Load("lambda", "lambda_phage.NC_001416.1.fa.gz"),
            Load("yeast I", "S_cerevisiae.R64-1-1.toplevel.fa.gz", "I"),
            coli,
            Load("P. falciparum 14, 19 % GC", "P_falciparum_genome_1.fa.gz", "MAL14"),
            new MatrixGenome("66 % GC, simulated", RichInGc(coli.Bases, 0.66, 3_000_000)),
            Load("human chr20", "human_GRCh37_chr20.fa.gz"),
            new MatrixGenome("random", Random(3_000_000)),
        ];
    }

    /// <summary>A part of the genome from which so many reads give the coverage, or all of it. Parts with unknown bases are passed over.</summary>
    public byte[] Slice(double coverage, int reads, int length)
    {
        var wanted = Math.Max(ShortestSlice, (int)Math.Min(int.MaxValue / 2, reads * length / coverage));
        if (wanted >= Bases.Length)
            return Bases;
        var start = Math.Min((int)(SliceStart * Bases.Length), Bases.Length - wanted);
        while (Bases.AsSpan(start, wanted).LastIndexOfAnyExcept("ACGT"u8) is >= 0 and var unknown && start + unknown + 1 + wanted <= Bases.Length)
            start += unknown + 1;
        return Bases[start..(start + wanted)];
    }

    private static byte[] Upper(byte[] bases) => Array.ConvertAll(bases, letter => (byte)char.ToUpperInvariant((char)letter));

    private static byte[] Random(int length)
    {
        var random = new CounterRandom(Seed, RandomStreams.Evaluation, 0);
        var bases = new byte[length];
        for (var i = 0; i < length; i++)
            bases[i] = Letters[random.NextInt32(4)];
        return bases;
    }

    /// <summary>No genome of so much GC is at hand: a Markov chain of order 5 with the transitions of a real one, in which C and G are as
    /// much likelier as gives the share asked for.</summary>
    private static byte[] RichInGc(byte[] model, double gc, int length)
    {
        const int Contexts = 4 * 4 * 4 * 4 * 4;
        var counts = new double[Contexts, 4];
        var context = 0;
        foreach (var letter in model)
        {
            var code = Math.Max(0, Nucleotides.Code(letter));
            counts[context, code]++;
            context = (4 * context + code) % Contexts;
        }
        var (low, high) = (1.0, 100.0);
        for (var round = 0; round < 20; round++)
        {
            var weight = Math.Sqrt(low * high);
            var share = Draw(counts, weight, length / 10).Count(letter => letter is (byte)'C' or (byte)'G') / (length / 10.0);
            (low, high) = share < gc ? (weight, high) : (low, weight);
        }
        return Draw(counts, low, length);
    }

    private static byte[] Draw(double[,] counts, double weight, int length)
    {
        var random = new CounterRandom(Seed, RandomStreams.Evaluation, 1);
        var bases = new byte[length];
        var context = 0;
        for (var i = 0; i < length; i++)
        {
            double Of(int code) => (counts[context, code] + 1) * (code is 1 or 2 ? weight : 1);
            var place = random.NextDouble() * (Of(0) + Of(1) + Of(2) + Of(3));
            var drawn = 0;
            while (drawn < 3 && (place -= Of(drawn)) >= 0)
                drawn++;
            bases[i] = Letters[drawn];
            context = (4 * context + drawn) % counts.GetLength(0);
        }
        return bases;
    }
}
