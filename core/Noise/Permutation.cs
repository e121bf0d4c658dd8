using System.Numerics;

namespace DnaBart.Noise;

/// <summary>A pseudo-random order of 0..n-1 that is computed item by item, with no table: a Feistel network over the next even number of
/// bits, walked until it lands below n (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).</summary>
public readonly struct Permutation
{
    private const int Rounds = 6;
    private readonly ulong seed;
    private readonly uint stream;
    private readonly ulong index;
    private readonly int halfBits;
    private readonly long count;

    /// <param name="count">n, the number of items.</param>
    /// <param name="seed">With <paramref name="stream"/> and <paramref name="index"/>, names the order, as in <see cref="CounterRandom"/>.</param>
    public Permutation(long count, ulong seed, uint stream, ulong index)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        this.count = count;
        this.seed = seed;
        this.stream = stream;
        this.index = index;
        halfBits = Math.Max(1, (64 - BitOperations.LeadingZeroCount((ulong)count - 1) + 1) / 2);
    }

    /// <summary>The item at a place; each of 0..n-1 comes exactly once.</summary>
    public long this[long place]
    {
        get
        {
            if ((ulong)place >= (ulong)count)
                throw new ArgumentOutOfRangeException(nameof(place));
            do
                place = Encipher(place);
            while (place >= count);
            return place;
        }
    }

    private long Encipher(long value)
    {
        var mask = (1u << halfBits) - 1;
        var (left, right) = ((uint)(value >> halfBits), (uint)value & mask);
        for (var round = 0u; round < Rounds; round++)
        {
            var word = CounterRandom.Philox(right, (uint)index, (uint)(index >> 32), stream ^ (round << 16), (uint)seed, (uint)(seed >> 32))[0];
            (left, right) = (right, left ^ (word & mask));
        }
        return ((long)left << halfBits) | right;
    }
}
