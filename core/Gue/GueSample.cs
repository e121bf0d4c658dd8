using DnaBart.Noise;

namespace DnaBart.Gue;

/// <summary>A part of a train set, for machines that cannot train on all of it.</summary>
public static class GueSample
{
    /// <summary>The number that every sample is drawn with: models and baselines of different seeds are compared on the same rows.</summary>
    private const ulong Seed = 1;

    /// <summary>So many rows at random, in their order; all of them where there are not more or <paramref name="rows"/> is null.</summary>
    public static List<GueExample> Take(List<GueExample> examples, int? rows)
    {
        if (rows is not { } count || count >= examples.Count)
            return examples;
        var order = new Permutation(examples.Count, Seed, RandomStreams.Sample, 0);
        return [.. Enumerable.Range(0, count).Select(place => order[place]).Order().Select(row => examples[(int)row])];
    }
}
