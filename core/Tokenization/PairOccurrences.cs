using System.Runtime.InteropServices;

namespace DnaBart.Tokenization;

/// <summary>A text as a sequence of tokens, with the places of each pair of neighbours, kept up to date while pairs are merged.
/// Each token is the left half of one pair at most, so doubly linked lists through the text's positions hold the places of all
/// pairs, in text order: 12 bytes a base, and every count exact at every time.</summary>
internal sealed class PairOccurrences
{
    /// <summary>Stands between sequences, before the first and after the last; inside of tokens too.</summary>
    public const ushort NoToken = ushort.MaxValue;

    private const int Nowhere = -1;

    private readonly ushort[] starts; // at a token's first base: its id
    private readonly ushort[] ends;   // at a token's last base: its id
    private readonly int[] nextPlace; // by first base of a pair: the pair's next place
    private readonly int[] previousPlace;
    private readonly int[] lengths;   // by token id
    private readonly Dictionary<uint, Places> pairs = [];

    /// <param name="text">Ids of single bases below <paramref name="vocabularySize"/>; <see cref="NoToken"/> between sequences,
    /// first and last.</param>
    /// <param name="vocabularySize">At most 65,535.</param>
    public PairOccurrences(ushort[] text, int vocabularySize)
    {
        starts = text;
        ends = [.. text];
        (nextPlace, previousPlace) = (new int[text.Length], new int[text.Length]);
        lengths = new int[vocabularySize];
        Array.Fill(lengths, 1);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != NoToken && text[i + 1] != NoToken)
                Add(text[i], text[i + 1], i);
        }
    }

    /// <summary>The pairs that occur, with their counts. Overlapping places count (AAA holds A A twice), as in Hugging Face's
    /// trainer.</summary>
    public IEnumerable<(int Left, int Right, int Count)> Pairs => pairs.Keys.Select(WithCount);

    /// <summary>The number of places of a pair now.</summary>
    public int Count(int left, int right) => pairs.TryGetValue(Key(left, right), out var places) ? places.Count : 0;

    /// <summary>Replaces each place of a pair, from left to right, by one token.</summary>
    /// <param name="left">The left token.</param>
    /// <param name="right">The right token.</param>
    /// <param name="merged">The id of the new token.</param>
    /// <returns>The pairs that came about: all that hold the new token.</returns>
    public IEnumerable<(int Left, int Right, int Count)> Merge(int left, int right, int merged)
    {
        var created = new HashSet<uint>();
        lengths[merged] = lengths[left] + lengths[right];
        while (pairs.TryGetValue(Key(left, right), out var places))
        {
            var start = places.First;
            var middle = start + lengths[left];
            var end = middle + lengths[right];
            Remove(left, right, start);
            if (starts[end] != NoToken)
                Remove(right, starts[end], middle);
            var before = ends[start - 1];
            if (before != NoToken)
                Remove(before, left, start - lengths[before]);

            starts[middle] = NoToken;
            ends[middle - 1] = NoToken;
            starts[start] = ends[end - 1] = (ushort)merged;
            if (before != NoToken && Add(before, merged, start - lengths[before]))
                created.Add(Key(before, merged));
            if (starts[end] != NoToken && Add(merged, starts[end], start))
                created.Add(Key(merged, starts[end]));
        }
        return created.Where(pairs.ContainsKey).Select(WithCount);
    }

    private (int Left, int Right, int Count) WithCount(uint key) => ((int)(key >> 16), (ushort)key, pairs[key].Count);

    private static uint Key(int left, int right) => (uint)left << 16 | (uint)right;

    /// <summary>Puts a place at the end of a pair's list. Places arrive from left to right: a pair comes about in one pass over
    /// the text, that which makes the later one of its tokens.</summary>
    /// <returns>True if the pair did not occur before.</returns>
    private bool Add(int left, int right, int place)
    {
        ref var places = ref CollectionsMarshal.GetValueRefOrAddDefault(pairs, Key(left, right), out var known);
        nextPlace[place] = Nowhere;
        previousPlace[place] = known ? places.Last : Nowhere;
        if (known)
            nextPlace[places.Last] = place;
        else
            places.First = place;
        places.Last = place;
        places.Count++;
        return !known;
    }

    private void Remove(int left, int right, int place)
    {
        ref var places = ref CollectionsMarshal.GetValueRefOrNullRef(pairs, Key(left, right));
        var (previous, next) = (previousPlace[place], nextPlace[place]);
        if (previous == Nowhere)
            places.First = next;
        else
            nextPlace[previous] = next;
        if (next == Nowhere)
            places.Last = previous;
        else
            previousPlace[next] = previous;
        if (--places.Count == 0)
            pairs.Remove(Key(left, right));
    }

    private struct Places
    {
        public int Count, First, Last;
    }
}
