using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using DnaBart.Correction;
using DnaBart.Model;
using DnaBart.Noise;
using DnaBart.Sequences;
using DnaBart.Tokenization;
using DnaBart.Torch;

namespace DnaBart.Benchmarks;

/// <summary>Reads of 150 bp with 0.5 % substitutions, decoded by the shipped model: plain greedy decoding with cached keys and values
/// against draft verification, which must give the same tokens. The ratio is the figure to look at; times are for all reads.</summary>
[Config(typeof(Config))]
public class DecodingBenchmarks
{
    private sealed class Config : ManualConfig
    {
        public Config() => AddJob(Job.ShortRun);
    }

    private const int Reads = 64;
    private const int ReadLength = 150;
    private const double ErrorRate = 0.005;

    private BartDenoiser denoiser = null!;
    private DraftVerifier verifier = null!;
    private byte[][] reads = [];
    private int[][] sources = [];

    [GlobalSetup]
    public void Load()
    {
        var model = Path.Combine(Checkout.Root, "models", "sars-cov-2");
        var tokenizer = BpeTokenizer.Load(model);
        denoiser = new BartDenoiser(BartCheckpoint.Load(model, Device.CPU));
        verifier = new DraftVerifier(denoiser, tokenizer);
        using var fasta = FastaReader.Open(Path.Combine(Checkout.Root, "tests", "data", "genomes", "SARS-CoV-2.NC_045512.2.fa.gz"));
        var genome = fasta.ReadAll().Single().Bases;
        var noise = new SequencingNoise(cleanShare: 0, ErrorRate, ErrorRate, indelShare: 0);
        reads = [.. Enumerable.Range(0, Reads).Select(i => Draw(genome, noise, (ulong)i))];
        sources = Array.ConvertAll(reads, read => tokenizer.EncodeWithSpecialTokens(read));
        if (!Greedy().Zip(DraftVerified()).All(pair => pair.First.SequenceEqual(pair.Second)))
            throw new InvalidOperationException("draft verification and greedy decoding differ");
    }

    [Benchmark(Baseline = true)]
    public int[][] Greedy() => denoiser.Greedy(sources);

    [Benchmark]
    public int[][] DraftVerified() => verifier.Greedy(reads);

    private static byte[] Draw(byte[] genome, SequencingNoise noise, ulong index)
    {
        var random = new CounterRandom(seed: 1, stream: 0, index);
        var start = random.NextInt32(genome.Length - ReadLength);
        var read = new byte[ReadLength];
        noise.Apply(genome.AsSpan(start, ReadLength), ref random, read);
        return read;
    }
}
