namespace DnaBart.Noise;

/// <summary>Damage as sequencers do it, for training a corrector that must also learn when not to change a base: a share of reads has
/// no error, and each other read draws its own error rate, log-uniformly, since reads of one run differ by orders of magnitude.</summary>
/// <param name="cleanShare">Share of reads left as they are.</param>
/// <param name="minRate">The lowest error rate of a read, above 0.</param>
/// <param name="maxRate">The highest.</param>
/// <param name="indelShare">Share of errors that are indels, half of them deletions and half insertions; the rest are substitutions by
/// one of the three other bases.</param>
public sealed class SequencingNoise(double cleanShare, double minRate, double maxRate, double indelShare) : ICorruption
{
    public int MaxLength(int length) => indelShare > 0 ? 2 * length : length;

    public int Apply(ReadOnlySpan<byte> clean, ref CounterRandom random, Span<byte> damaged)
    {
        if (random.NextBernoulli(cleanShare))
        {
            clean.CopyTo(damaged);
            return clean.Length;
        }
        var rate = minRate * Math.Pow(maxRate / minRate, random.NextDouble());
        var length = 0;
        foreach (var original in clean)
        {
            if (!random.NextBernoulli(rate))
            {
                damaged[length++] = original;
            }
            else if (indelShare == 0 || !random.NextBernoulli(indelShare))
            {
                damaged[length++] = Bases.DrawOther(original, ref random);
            }
            else if (random.NextBernoulli(0.5))
            {
                damaged[length++] = Bases.Draw(ref random);
                damaged[length++] = original;
            }
        }
        return length;
    }
}
