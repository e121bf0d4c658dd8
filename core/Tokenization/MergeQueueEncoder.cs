namespace DnaBart.Tokenization;

/// <summary>Byte-pair encoding by its definition, with a priority queue: apply the merge of lowest rank, the leftmost of equals, until
/// none is left (Hugging Face tokenizers, <c>models/bpe/word.rs</c>). O(n log n), for any list of merges. <see cref="TilingEncoder"/>
/// is much faster where it applies; this class tells it how each token comes about, and replaces it where it does not apply.</summary>
internal sealed class MergeQueueEncoder : IWordEncoder
{
    private const int Removed = -1;
    private readonly int[] letterId;
    private readonly Dictionary<ulong, (int Rank, int Result)> rules = [];

    /// <param name="letterId">The id of each byte's single-letter token; lower case as upper case.</param>
    /// <param name="merges">The merges by rank; of equal pairs the last counts, as in Hugging Face's loader.</param>
    public MergeQueueEncoder(int[] letterId, IReadOnlyList<Merge> merges)
    {
        this.letterId = letterId;
        for (var rank = 0; rank < merges.Count; rank++)
            rules[Merge.Key(merges[rank].Left, merges[rank].Right)] = (rank, merges[rank].Result);
    }

    public int Encode(ReadOnlySpan<byte> word, Span<int> ids) => Encode(word, ids, out _);

    /// <summary>Encodes a word and tells the rank of the merge applied last (-1 where none was).</summary>
    public int Encode(ReadOnlySpan<byte> word, Span<int> ids, out int lastRank)
    {
        var symbols = new int[word.Length];
        var previous = new int[word.Length];
        var next = new int[word.Length];
        for (var i = 0; i < word.Length; i++)
            (symbols[i], previous[i], next[i]) = (letterId[word[i]], i - 1, i + 1);

        // By rank, then by position: a priority holds both.
        var queue = new PriorityQueue<(int Position, ulong Pair), ulong>();
        for (var i = 0; i + 1 < word.Length; i++)
            Enqueue(i);
        lastRank = -1;
        while (queue.TryDequeue(out var candidate, out var priority))
        {
            var left = candidate.Position;
            var right = next[left];
            if (symbols[left] == Removed || right == word.Length || Merge.Key(symbols[left], symbols[right]) != candidate.Pair)
                continue; // an earlier merge took one of the two
            lastRank = (int)(priority >> 32);
            symbols[left] = rules[candidate.Pair].Result;
            symbols[right] = Removed;
            next[left] = next[right];
            if (next[left] < word.Length)
            {
                previous[next[left]] = left;
                Enqueue(left);
            }
            if (previous[left] >= 0)
                Enqueue(previous[left]);
        }

        var count = 0;
        for (var i = 0; i < word.Length; i = next[i])
            ids[count++] = symbols[i];
        return count;

        void Enqueue(int position)
        {
            var pair = Merge.Key(symbols[position], symbols[next[position]]);
            if (rules.TryGetValue(pair, out var rule))
                queue.Enqueue((position, pair), (ulong)rule.Rank << 32 | (uint)position);
        }
    }
}
