using DnaBart.Noise;
using FsCheck.Xunit;

namespace DnaBart.Core.Tests.Noise;

public sealed class CounterRandomTests
{
    /// <summary>Known answers of the authors' Random123 library (kat_vectors, philox4x32 10).</summary>
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void IsPhilox4x32With10Rounds(
        uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint w0, uint w1, uint w2, uint w3)
    {
        var words = CounterRandom.Philox(c0, c1, c2, c3, k0, k1);
        Assert.Equal([w0, w1, w2, w3], new[] { words[0], words[1], words[2], words[3] });
    }

    [Property]
    public bool IsAPureFunctionOfSeedStreamAndIndex(ulong seed, uint stream, ulong index)
    {
        var a = new CounterRandom(seed, stream, index);
        var b = new CounterRandom(seed, stream, index);
        var otherSeed = new CounterRandom(seed + 1, stream, index);
        var otherStream = new CounterRandom(seed, stream + 1, index);
        var otherIndex = new CounterRandom(seed, stream, index + 1);
        var draws = Enumerable.Range(0, 9).Select(_ => a.NextUInt64()).ToArray();
        return draws.SequenceEqual(Enumerable.Range(0, 9).Select(_ => b.NextUInt64()))
            && draws[0] != otherSeed.NextUInt64() && draws[0] != otherStream.NextUInt64() && draws[0] != otherIndex.NextUInt64();
    }

    [Fact]
    public void DrawsAreUniform()
    {
        const int n = 300_000;
        var random = new CounterRandom(seed: 1, stream: 2, index: 3);
        var counts = new int[6];
        var sum = 0.0;
        var hits = 0;
        for (var i = 0; i < n; i++)
        {
            counts[random.NextInt32(6)]++;
            sum += random.NextDouble();
            hits += random.NextBernoulli(0.3) ? 1 : 0;
        }
        // Five standard deviations of each estimate.
        Assert.All(counts, count => Assert.InRange(count / (double)n, (1 / 6.0) - 0.0034, (1 / 6.0) + 0.0034));
        Assert.InRange(sum / n, 0.5 - 0.0027, 0.5 + 0.0027);
        Assert.InRange(hits / (double)n, 0.3 - 0.0042, 0.3 + 0.0042);
    }

    [Property]
    public bool BoundsHold(ulong seed, int bound)
    {
        var random = new CounterRandom(seed, 0, 0);
        var limit = Math.Max(1, Math.Abs((long)bound));
        return Enumerable.Range(0, 20).All(_ => random.NextInt64(limit) is var n && n >= 0 && n < limit);
    }

    [Fact]
    public void ProbabilitiesZeroAndOneAreExact()
    {
        var random = new CounterRandom(5, 5, 5);
        for (var i = 0; i < 1000; i++)
        {
            Assert.False(random.NextBernoulli(0));
            Assert.True(random.NextBernoulli(1));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(1000)]
    [InlineData(65537)]
    public void APermutationHoldsEveryItemOnce(int count)
    {
        var order = new Permutation(count, seed: 7, RandomStreams.Order, index: 0);
        var items = Enumerable.Range(0, count).Select(place => order[place]).ToArray();
        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), items.Order());
        if (count < 1000)
            return;
        var other = new Permutation(count, seed: 7, RandomStreams.Order, index: 1);
        Assert.True(Enumerable.Range(0, count).Count(place => order[place] == place) < 12);
        Assert.True(Enumerable.Range(0, count).Count(place => order[place] == other[place]) < 12);
        Assert.Throws<ArgumentOutOfRangeException>(() => order[count]);
    }
}
