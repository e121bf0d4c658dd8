using System.Text;
using DnaBart.Noise;
using FsCheck.Xunit;

namespace DnaBart.Core.Tests.Noise;

public sealed class CorruptionTests
{
    private const int Reads = 4000;
    private const int Length = 150;

    private static byte[] Clean(ulong index)
    {
        var random = new CounterRandom(99, 0, index);
        return Enumerable.Range(0, Length).Select(_ => "ACGT"u8[random.NextInt32(4)]).ToArray();
    }

    private static byte[] Damage(ICorruption corruption, ReadOnlySpan<byte> clean, ulong index)
    {
        var random = new CounterRandom(1, RandomStreams.Corruption, index);
        var buffer = new byte[corruption.MaxLength(clean.Length)];
        return buffer[..corruption.Apply(clean, ref random, buffer)];
    }

    /// <summary>Checks a share of <paramref name="n"/> independent trials to five standard deviations.</summary>
    private static void AssertShare(double expected, long hits, long n)
    {
        var tolerance = 5 * Math.Sqrt(expected * (1 - expected) / n);
        Assert.InRange(hits / (double)n, expected - tolerance, expected + tolerance);
    }

    [Fact]
    public void SubstitutionAtThirtyPercentChanges22AndAHalf()
    {
        var changed = 0L;
        var toEach = new long[4];
        for (var i = 0ul; i < Reads; i++)
        {
            var clean = Clean(i);
            var damaged = Damage(new UniformCorruption(substitution: 0.3), clean, i);
            Assert.Equal(Length, damaged.Length);
            for (var j = 0; j < Length; j++)
            {
                if (damaged[j] == clean[j])
                    continue;
                changed++;
                toEach["ACGT".IndexOf((char)damaged[j])]++;
            }
        }
        AssertShare(0.225, changed, Reads * Length);
        Assert.All(toEach, count => AssertShare(0.25, count, changed));
    }

    [Theory]
    [InlineData(0.3, 0, 0.7)]
    [InlineData(0, 0.3, 1.3)]
    [InlineData(0.3, 0.3, 1.0)]
    public void DeletionAndInsertionChangeTheLength(double deletion, double insertion, double expected)
    {
        var total = 0L;
        for (var i = 0ul; i < Reads; i++)
            total += Damage(new UniformCorruption(0, deletion, insertion), Clean(i), i).Length;
        var variance = (deletion * (1 - deletion)) + (insertion * (1 - insertion));
        var tolerance = 5 * Math.Sqrt(variance / (Reads * Length));
        Assert.InRange(total / (double)(Reads * Length), expected - tolerance, expected + tolerance);
    }

    [Fact]
    public void DeletionKeepsASubsequenceAndInsertionASupersequence()
    {
        for (var i = 0ul; i < 50; i++)
        {
            var clean = Clean(i);
            Assert.True(IsSubsequence(Damage(new UniformCorruption(deletion: 0.3), clean, i), clean));
            Assert.True(IsSubsequence(clean, Damage(new UniformCorruption(insertion: 0.3), clean, i)));
        }
    }

    private static bool IsSubsequence(byte[] shorter, byte[] longer)
    {
        var matched = 0;
        foreach (var letter in longer)
            if (matched < shorter.Length && shorter[matched] == letter)
                matched++;
        return matched == shorter.Length;
    }

    [Fact]
    public void EndNoiseDamagesTheEndsAloneAtItsRate()
    {
        const int length = 100, ends = 12, reads = 2000;
        const double rate = 0.25;
        var clean = Enumerable.Repeat((byte)'A', length).ToArray();
        var damaged = new byte[length];
        var errors = new int[length];
        for (var i = 0; i < reads; i++)
        {
            var random = new CounterRandom(seed: 3, stream: 0, (ulong)i);
            Assert.Equal(length, new EndNoise(ends, rate).Apply(clean, ref random, damaged));
            for (var position = 0; position < length; position++)
                errors[position] += damaged[position] == 'A' ? 0 : 1;
        }

        Assert.All(errors[ends..^ends], count => Assert.Equal(0, count));
        Assert.All(errors[..ends].Concat(errors[^ends..]), count => Assert.InRange(count, 0.8 * rate * reads, 1.2 * rate * reads));
    }

    [Fact]
    public void SequencingNoiseHasItsCleanShareAndItsMeanRate()
    {
        var noise = new SequencingNoise(cleanShare: 0.25, minRate: 0.01, maxRate: 0.2, indelShare: 0);
        var unchanged = 0L;
        var errors = 0L;
        for (var i = 0ul; i < Reads; i++)
        {
            var clean = Clean(i);
            var damaged = Damage(noise, clean, i);
            var differing = Enumerable.Range(0, Length).Count(j => clean[j] != damaged[j]);
            errors += differing;
            unchanged += differing == 0 ? 1 : 0;
        }
        // The mean of a log-uniform rate is (max - min) / ln(max / min).
        var mean = 0.75 * (0.2 - 0.01) / Math.Log(20);
        Assert.InRange(errors / (double)(Reads * Length), mean * 0.93, mean * 1.07);
        // Clean reads, and noisy ones that happen to escape: the integral of e^(-150 r) / r over the rates.
        var escape = Enumerable.Range(0, 10_000).Average(k => Math.Pow(1 - (0.01 * Math.Pow(20, (k + 0.5) / 10_000)), Length));
        AssertShare(0.25 + (0.75 * escape), unchanged, Reads);
    }

    [Fact]
    public void SequencingIndelsAreBalanced()
    {
        var noise = new SequencingNoise(0, 0.1, 0.1, indelShare: 1);
        var balance = 0L;
        var differ = 0;
        for (var i = 0ul; i < Reads; i++)
        {
            var length = Damage(noise, Clean(i), i).Length;
            balance += length - Length;
            differ += length == Length ? 0 : 1;
        }
        Assert.InRange(balance / (double)(Reads * Length), -0.0021, 0.0021);
        Assert.True(differ > Reads / 2);
    }

    [Fact]
    public void AMixtureDrawsByWeight()
    {
        var mixture = new CorruptionMixture(
        [
            new("nothing", 3, new UniformCorruption()),
            new("everything", 1, new UniformCorruption(deletion: 1)),
        ]);
        var empty = 0L;
        for (var i = 0ul; i < Reads; i++)
        {
            var damaged = Damage(mixture, Clean(i), i);
            Assert.True(damaged.Length is 0 or Length);
            empty += damaged.Length == 0 ? 1 : 0;
        }
        AssertShare(0.25, empty, Reads);
    }

    [Property]
    public bool DamageIsAPureFunctionOfTheIndex(ulong index, byte[] letters)
    {
        var clean = letters.Select(letter => "ACGTN"u8[letter % 5]).ToArray();
        ICorruption[] all =
        [
            new UniformCorruption(0.3, 0.3, 0.3),
            new SequencingNoise(0.1, 0.001, 0.3, 0.1),
            new EndNoise(3, 0.5),
            new CorruptionMixture([new("a", 1, new UniformCorruption(0.3)), new("b", 2, new UniformCorruption(insertion: 1))]),
        ];
        return all.All(corruption => Damage(corruption, clean, index) is var damaged
            && damaged.SequenceEqual(Damage(corruption, clean, index))
            && Encoding.ASCII.GetString(damaged).All("ACGTN".Contains));
    }
}
