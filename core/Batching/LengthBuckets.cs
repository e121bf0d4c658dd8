using DnaBart.Noise;

namespace DnaBart.Batching;

/// <summary>Sequences, or pairs of an encoder's and a decoder's sequence, put into batches of like lengths, so that little of a batch is
/// padding. The same lengths give the same batches.</summary>
public sealed class LengthBuckets
{
    private LengthBuckets(IReadOnlyList<int[]> batches) => Batches = batches;

    /// <summary>The batches, each a list of indices into the lengths; every index is in exactly one.</summary>
    public IReadOnlyList<int[]> Batches { get; }

    /// <summary>Puts sequences into batches.</summary>
    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="maxTokens">A batch's cells, rows times longest row, stay within this; a single longer sequence is a batch of its own.</param>
    /// <param name="maxRows">The most sequences in a batch.</param>
    public static LengthBuckets Plan(ReadOnlySpan<int> lengths, long maxTokens, int maxRows) =>
        Plan(lengths, new int[lengths.Length], maxTokens, maxRows);

    /// <summary>Puts pairs into batches.</summary>
    /// <param name="sources">Tokens of each encoder sequence.</param>
    /// <param name="targets">Tokens of each decoder sequence, as many.</param>
    /// <param name="maxTokens">A batch's cells, rows times (longest source + longest target), stay within this; a single larger pair is a
    /// batch of its own.</param>
    /// <param name="maxRows">The most pairs in a batch.</param>
    public static LengthBuckets Plan(ReadOnlySpan<int> sources, ReadOnlySpan<int> targets, long maxTokens, int maxRows)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(targets.Length, sources.Length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRows);
        var order = InSnakeOrder(sources, targets);
        var batches = new List<int[]>();
        var (start, source, target) = (0, 0, 0);
        for (var i = 0; i < order.Length; i++)
        {
            var (longestSource, longestTarget) = (Math.Max(source, sources[order[i]]), Math.Max(target, targets[order[i]]));
            if (i > start && (i - start == maxRows || (i - start + 1) * ((long)longestSource + longestTarget) > maxTokens))
            {
                Close(i);
                (longestSource, longestTarget) = (sources[order[i]], targets[order[i]]);
            }
            (source, target) = (longestSource, longestTarget);
        }
        if (order.Length > 0)
            Close(order.Length);
        return new LengthBuckets(batches);

        void Close(int end)
        {
            batches.Add(order[start..end]);
            start = end;
        }
    }

    /// <summary>The batches in a random order, so that training does not see short sequences first.</summary>
    public IEnumerable<int[]> Shuffled(ulong seed, ulong index)
    {
        if (Batches.Count == 0)
            yield break;
        var order = new Permutation(Batches.Count, seed, RandomStreams.Batches, index);
        for (var place = 0; place < Batches.Count; place++)
            yield return Batches[(int)order[place]];
    }

    /// <summary>By source, and among equal sources by target, rising and falling in turn: neighbours are alike in both even where the source
    /// changes. Ties keep the order of arrival.</summary>
    private static int[] InSnakeOrder(ReadOnlySpan<int> sources, ReadOnlySpan<int> targets)
    {
        var keys = new (int Source, int Target, int Index)[sources.Length];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = (sources[i], sources[i] % 2 == 0 ? targets[i] : -targets[i], i);
        Array.Sort(keys);
        return Array.ConvertAll(keys, key => key.Index);
    }
}
