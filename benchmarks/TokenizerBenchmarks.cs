using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using DnaBart.Sequences;
using DnaBart.Tokenization;

namespace DnaBart.Benchmarks;

/// <summary>BPE encoding with 4096 tokens, bases a second on one core: a chromosome as one word, the same cut into reads, and what is
/// hard for other encoders. The genome is yeast's (<c>genomes/S_cerevisiae...</c> in the folder that <c>DNABART_SHARED</c> names); without it
/// a genome is made up, and its tokens are shorter.</summary>
[Config(typeof(Config))]
public class TokenizerBenchmarks
{
    private sealed class Config : ManualConfig
    {
        public Config()
        {
            AddJob(Job.ShortRun);
            AddDiagnoser(BenchmarkDotNet.Diagnosers.MemoryDiagnoser.Default);
            AddColumn(new MegabytesPerSecondColumn());
        }
    }

    private const int Length = 1_500_000;
    private const int ReadLength = 150;

    private readonly int[] ids = new int[Length];
    private readonly byte[] polyA = new byte[Length];
    private readonly byte[] random = new byte[Length];
    private byte[] chromosome = [];
    private BpeTokenizer tokenizer = null!;
    private BpeTokenizer singleBases = null!;

    [GlobalSetup]
    public void Train()
    {
        Array.Fill(polyA, (byte)'A');
        new Random(1).GetItems("ACGT"u8, random);
        var genome = Genome();
        chromosome = genome.MaxBy(sequence => sequence.Length).ToArray()[..Length];
        tokenizer = BpeTrainer.Train(genome, 4096);
        singleBases = BpeTrainer.Train([], 10);
    }

    [Benchmark, Bytes(Length)]
    public int Chromosome() => tokenizer.Encode(chromosome, ids);

    [Benchmark, Bytes(Length)]
    public int ReadsOf150Bases()
    {
        var count = 0;
        for (var start = 0; start < Length; start += ReadLength)
            count += tokenizer.Encode(chromosome.AsSpan(start, ReadLength), ids);
        return count;
    }

    [Benchmark, Bytes(Length)]
    public int PolyA() => tokenizer.Encode(polyA, ids);

    [Benchmark, Bytes(Length)]
    public int RandomBases() => tokenizer.Encode(random, ids);

    [Benchmark, Bytes(Length)]
    public int SingleBaseVocabulary() => singleBases.Encode(chromosome, ids);

    private static List<ReadOnlyMemory<byte>> Genome()
    {
        var shared = Environment.GetEnvironmentVariable("DNABART_SHARED");
        var path = Path.Combine(shared ?? "", "data/genomes/S_cerevisiae.R64-1-1.toplevel.fa.gz");
        if (!File.Exists(path))
            return [new Random(2).GetItems("ACGT"u8, Length)];
        using var reader = FastaReader.Open(path);
        return [.. reader.ReadAll().Select(sequence => (ReadOnlyMemory<byte>)sequence.Bases)];
    }
}
