using System.Text;
using DnaBart.Noise;
using DnaBart.Sequences;

namespace DnaBart.Simulation;

/// <summary>Makes a strain: a copy of a genome with random substitutions and short indels, and the list of them.</summary>
/// <param name="snvRate">Chance of a substitution at a base; the new base is uniform over the three others.</param>
/// <param name="indelRate">Chance of an indel after a base; half insert, half delete, lengths are geometric with mean 2, at most 20.</param>
public sealed class Strain(double snvRate, double indelRate, ulong seed)
{
    private const int LongestIndel = 20;

    /// <summary>The strain's form of a sequence; the variants found on the way are added to a list.</summary>
    /// <param name="number">The sequence's number in its file: its draws depend on it.</param>
    /// <param name="variants">Takes the variants, ascending, at least one unchanged base between any two.</param>
    public GenomeSequence Mutate(FastaSequence reference, int number, ICollection<Variant> variants)
    {
        var original = GenomeSequence.Of(reference);
        var random = new CounterRandom(seed, RandomStreams.Strain, (ulong)number);
        var bases = new List<byte>(original.Bases.Length);
        for (var i = 0; i < original.Bases.Length; i++)
        {
            var letter = original.Bases[i];
            bases.Add(letter);
            if (Nucleotides.Code(letter) < 0)
                continue;
            if (random.NextBernoulli(snvRate))
            {
                bases[^1] = Bases.DrawOther(letter, ref random);
                variants.Add(new Variant(original.Name, i, Text([letter]), Text([bases[^1]])));
            }
            else if (indelRate > 0 && random.NextBernoulli(indelRate))
            {
                i += AddIndel(original, i, bases, variants, ref random);
            }
            else
            {
                continue;
            }
            // The next base is left as it is: adjoining variants have no single description.
            if (++i < original.Bases.Length)
                bases.Add(original.Bases[i]);
        }
        return new GenomeSequence(original.Name, [.. bases]);
    }

    /// <summary>Adds an insertion to the strain, or a deletion.</summary>
    /// <returns>The bases of the reference after <paramref name="i"/> that the strain lacks.</returns>
    private static int AddIndel(GenomeSequence original, int i, List<byte> bases, ICollection<Variant> variants, ref CounterRandom random)
    {
        var length = 1;
        while (length < LongestIndel && random.NextBernoulli(0.5))
            length++;
        var anchor = Text([original.Bases[i]]);
        if (random.NextBernoulli(0.5))
        {
            var inserted = new byte[length];
            for (var j = 0; j < length; j++)
                inserted[j] = Bases.Draw(ref random);
            bases.AddRange(inserted);
            variants.Add(new Variant(original.Name, i, anchor, anchor + Text(inserted)));
            return 0;
        }
        length = Math.Min(length, original.Bases.Length - 1 - i);
        if (length > 0)
            variants.Add(new Variant(original.Name, i, Text(original.Bases.AsSpan(i, length + 1)), anchor));
        return length;
    }

    private static string Text(ReadOnlySpan<byte> bases) => Encoding.ASCII.GetString(bases);
}
