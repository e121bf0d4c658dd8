using System.Runtime.CompilerServices;

namespace DnaBart.Noise;

/// <summary>A random source that is a pure function of (seed, stream, index): the same triple gives the same draws, in any order of
/// calls, on any machine. Training example i draws from index i, so that a run resumes exactly without any stored generator state.
/// The generator is Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): the seed is its key; stream,
/// index and a block count are its counter, so that no two triples ever share a block.</summary>
public struct CounterRandom
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;
    private const int WordsPerBlock = 4;

    private readonly ulong seed;
    private readonly ulong index;
    private readonly uint stream;
    private uint block;
    private int used;
    private Words words;

    [InlineArray(WordsPerBlock)]
    internal struct Words
    {
        private uint word;
    }

    /// <param name="seed">The run's seed.</param>
    /// <param name="stream">What the draws are for; different purposes take different streams (<see cref="RandomStreams"/>).</param>
    /// <param name="index">The example, epoch or step they are for.</param>
    public CounterRandom(ulong seed, uint stream, ulong index)
    {
        this.seed = seed;
        this.stream = stream;
        this.index = index;
        used = WordsPerBlock;
    }

    /// <summary>32 uniform bits.</summary>
    public uint NextUInt32()
    {
        if (used == WordsPerBlock)
        {
            words = Philox(block++, (uint)index, (uint)(index >> 32), stream, (uint)seed, (uint)(seed >> 32));
            used = 0;
        }
        return words[used++];
    }

    /// <summary>64 uniform bits.</summary>
    public ulong NextUInt64() => ((ulong)NextUInt32() << 32) | NextUInt32();

    /// <summary>A number from 0 to below 1, in steps of 2^-53.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with probability <paramref name="p"/> (in steps of 2^-32).</summary>
    public bool NextBernoulli(double p) => NextUInt32() < p * (1UL << 32);

    /// <summary>A whole number from 0 to below <paramref name="bound"/>, each exactly as likely (Lemire, "Fast random integer generation
    /// in an interval", 2019).</summary>
    public long NextInt64(long bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        var range = (ulong)bound;
        var high = Math.BigMul(NextUInt64(), range, out var low);
        if (low < range)
        {
            var reject = (0 - range) % range;
            while (low < reject)
                high = Math.BigMul(NextUInt64(), range, out low);
        }
        return (long)high;
    }

    /// <summary>As <see cref="NextInt64"/>, for small bounds.</summary>
    public int NextInt32(int bound) => (int)NextInt64(bound);

    /// <summary>One block of Philox4x32-10: counter (c0..c3) under key (k0, k1).</summary>
    internal static Words Philox(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (var round = 0; round < 10; round++)
        {
            var product0 = (ulong)Multiplier0 * c0;
            var product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ k0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ k1, (uint)product0);
            k0 += Weyl0;
            k1 += Weyl1;
        }
        var result = new Words();
        (result[0], result[1], result[2], result[3]) = (c0, c1, c2, c3);
        return result;
    }
}

/// <summary>The purposes that random draws are made for; each has its own stream, so that adding draws to one changes no other.</summary>
public static class RandomStreams
{
    /// <summary>Where a training window lies, its length and strand. Index: the window.</summary>
    public const uint Window = 1;

    /// <summary>How a window is corrupted. Index: the example (window and epoch).</summary>
    public const uint Corruption = 2;

    /// <summary>The order of an epoch's windows. Index: the epoch.</summary>
    public const uint Order = 3;

    /// <summary>The order of a chunk's batches. Index: the chunk.</summary>
    public const uint Batches = 4;

    /// <summary>Initial weights. Index: 0.</summary>
    public const uint Weights = 5;

    /// <summary>Dropout. Index: the step.</summary>
    public const uint Dropout = 6;

    /// <summary>Which blocks of the genome are held out. Index: the block.</summary>
    public const uint HoldOut = 7;

    /// <summary>An evaluation's windows. Index: the example.</summary>
    public const uint Evaluation = 8;

    /// <summary>How an evaluation's windows are corrupted. Index: the example.</summary>
    public const uint EvaluationDamage = 9;

    /// <summary>Which rows of a train set a sample takes. Index: 0.</summary>
    public const uint Sample = 10;

    /// <summary>Which strand of a sequence an epoch shows. Index: the example, counted through all epochs.</summary>
    public const uint Strand = 11;

    /// <summary>Initial weights of what finetuning adds. Index: 0.</summary>
    public const uint HeadWeights = 12;

    /// <summary>Simulated reads. Index: the read.</summary>
    public const uint SimulatedRead = 13;

    /// <summary>The variants of a simulated strain. Index: the sequence.</summary>
    public const uint Strain = 14;

    /// <summary>Which stretch of a genome a calibration draws reads from. Index: 0.</summary>
    public const uint Calibration = 15;

    /// <summary>Which blocks of a large genome a tokenizer is trained on. Index: the block.</summary>
    public const uint TokenizerSample = 16;
}
