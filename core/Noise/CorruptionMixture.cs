namespace DnaBart.Noise;

/// <summary>One corruption of a mixture.</summary>
/// <param name="Name">How reports call it.</param>
/// <param name="Weight">Its share of examples, relative to the other weights; above 0.</param>
public sealed record WeightedCorruption(string Name, double Weight, ICorruption Corruption);

/// <summary>Damages each example by one of several corruptions, drawn by weight.</summary>
public sealed class CorruptionMixture(IReadOnlyList<WeightedCorruption> parts) : ICorruption
{
    private readonly double total = parts.Sum(part => part.Weight);

    public IReadOnlyList<WeightedCorruption> Parts => parts;

    public int MaxLength(int length) => parts.Max(part => part.Corruption.MaxLength(length));

    public int Apply(ReadOnlySpan<byte> clean, ref CounterRandom random, Span<byte> damaged)
    {
        var place = random.NextDouble() * total;
        var chosen = 0;
        while (chosen < parts.Count - 1 && (place -= parts[chosen].Weight) >= 0)
            chosen++;
        return parts[chosen].Corruption.Apply(clean, ref random, damaged);
    }
}
