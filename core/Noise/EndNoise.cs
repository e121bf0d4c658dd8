namespace DnaBart.Noise;

/// <summary>Substitutions in the first and the last bases of a read only. There a model sees least of what stands around a base, and one trained on
/// errors that lie anywhere copies what it is shown; this teaches it to rest on what it knows.</summary>
/// <param name="bases">At each end.</param>
/// <param name="rate">Errors a base there.</param>
public sealed class EndNoise(int bases, double rate) : ICorruption
{
    public int MaxLength(int length) => length;

    public int Apply(ReadOnlySpan<byte> clean, ref CounterRandom random, Span<byte> damaged)
    {
        clean.CopyTo(damaged);
        for (var i = 0; i < clean.Length; i++)
        {
            if ((i < bases || i >= clean.Length - bases) && random.NextBernoulli(rate))
                damaged[i] = Bases.DrawOther(clean[i], ref random);
        }
        return clean.Length;
    }
}
