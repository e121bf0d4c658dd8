using System.Buffers;

namespace DnaBart.Tokenization;

/// <summary>Byte-pair encoding in linear time. A sequence of tokens is the encoding of its letters exactly if each two neighbours are
/// (a merge across a border depends on the two tokens at it alone), so the encoding is the one tiling of the word without a
/// blocked pair. Search: the longest token that fits; where none does, the position is dead, and the token before it gets shorter.
/// The tiling of the letters before a position is unique too, so a dead position stays dead: no position is
/// left twice, and the time is at most the word's length times the number of tokens that are prefixes of one another.
/// After the backtracking encoder of the <c>bpe</c> crate (github/rust-gems).</summary>
internal sealed class TilingEncoder(TokenTrie trie, TokenPairs pairs, byte[][] basesById) : IWordEncoder
{
    /// <summary>Words up to this length keep their dead positions on the stack.</summary>
    private const int ShortWord = 8192;

    private readonly int[] length = [.. basesById.Select(bases => bases.Length)];
    private readonly int[] shorter = trie.Shorter;
    private readonly ulong[] blocked = pairs.Blocked;
    private readonly int stride = pairs.Stride;

    public int Encode(ReadOnlySpan<byte> word, Span<int> ids)
    {
        if (word.Length <= ShortWord)
        {
            Span<ulong> dead = stackalloc ulong[word.Length / 64 + 1];
            return Encode(word, ids, dead);
        }
        var rented = ArrayPool<ulong>.Shared.Rent(word.Length / 64 + 1);
        Array.Clear(rented);
        var count = Encode(word, ids, rented);
        ArrayPool<ulong>.Shared.Return(rented);
        return count;
    }

    /// <param name="dead">A bit a position from 0 to the word's end, all clear.</param>
    private int Encode(ReadOnlySpan<byte> word, Span<int> ids, Span<ulong> dead)
    {
        var noToken = length.Length; // the row that blocks nothing
        var (count, position, last) = (0, 0, noToken);
        var token = trie.LongestPrefix(word);
        while (true)
        {
            if (token < 0)
            {
                dead[position >> 6] |= 1UL << position;
                token = last;
                position -= length[token];
                count--;
                last = count > 0 ? ids[count - 1] : noToken;
                token = shorter[token];
                continue;
            }
            var end = position + length[token];
            if ((blocked[last * stride + (token >> 6)] >> token & 1) != 0 || (dead[end >> 6] >> end & 1) != 0)
            {
                token = shorter[token];
                continue;
            }
            ids[count++] = token;
            if (end == word.Length)
                return count;
            (position, last) = (end, token);
            token = trie.LongestPrefix(word[position..]);
        }
    }
}
