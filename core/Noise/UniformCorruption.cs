namespace DnaBart.Noise;

/// <summary>The paper's corruptions (Table I), base by base with fixed probabilities: substitution by a base drawn uniformly from ACGT
/// (the drawn base may be the old one, so p = 0.3 changes 22.5 % of bases), deletion, and insertion of a uniform base before a base.
/// Where several apply, each base is first deleted or kept, and a kept base is then substituted.</summary>
/// <param name="substitution">Probability that a base is redrawn.</param>
/// <param name="deletion">Probability that a base is dropped.</param>
/// <param name="insertion">Probability that a base is put in before a base.</param>
public sealed class UniformCorruption(double substitution = 0, double deletion = 0, double insertion = 0) : ICorruption
{
    public int MaxLength(int length) => insertion > 0 ? 2 * length : length;

    public int Apply(ReadOnlySpan<byte> clean, ref CounterRandom random, Span<byte> damaged)
    {
        var length = 0;
        foreach (var original in clean)
        {
            if (insertion > 0 && random.NextBernoulli(insertion))
                damaged[length++] = Bases.Draw(ref random);
            if (deletion > 0 && random.NextBernoulli(deletion))
                continue;
            damaged[length++] = substitution > 0 && random.NextBernoulli(substitution) ? Bases.Draw(ref random) : original;
        }
        return length;
    }
}
