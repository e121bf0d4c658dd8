using System.Buffers.Binary;
using System.Numerics;

namespace DnaBart.Tokenization;

/// <summary>The tokens as a trie of dense nodes: one slot a letter (four for DNA), 0 where there is no child. For DNA a table of all 8-mers
/// stands in for the first eight steps, which are most of them.</summary>
internal sealed class TokenTrie
{
    private const int JumpLength = 8;

    /// <summary>By 8-mer: the node that it leads to, or the complement of the longest token it begins with where there is no such node.
    /// Null where the letters are not told apart by <see cref="TwoBits"/>.</summary>
    private readonly int[]? jump;

    private readonly byte[] letterCode = new byte[256];
    private readonly int shift;
    private readonly int[] children;
    private readonly int[] longest;

    /// <summary>By id: the next shorter token that the token begins with; -1 where there is none.</summary>
    public int[] Shorter { get; }

    /// <param name="letters">The letters of words, upper case; tokens of other letters stay out. U is read as T where it is none of them.</param>
    /// <param name="basesById">The letters of each token.</param>
    /// <param name="occurs">By id: whether encoding ever gives the token; if not, it stays out too.</param>
    public TokenTrie(byte[] letters, byte[][] basesById, bool[] occurs)
    {
        var twoBitsTell = letters.Select(TwoBits).Distinct().Count() == letters.Length;
        for (var i = 0; i < letters.Length; i++)
        {
            var code = twoBitsTell ? TwoBits(letters[i]) : i;
            letterCode[letters[i]] = letterCode[char.ToLowerInvariant((char)letters[i])] = (byte)code;
        }
        // By two bits they are the same letter already.
        if (!letters.Contains((byte)'U'))
            letterCode['U'] = letterCode['u'] = letterCode['T'];
        shift = twoBitsTell ? 2 : BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)letters.Length));

        var nodes = new List<int[]> { new int[1 << shift] };
        var tokenAt = new List<int> { -1 };
        var parentOf = new List<int> { -1 };
        for (var id = 0; id < basesById.Length; id++)
        {
            if (!occurs[id] || !letters.Contains(basesById[id][0]))
                continue;
            var node = 0;
            foreach (var letter in basesById[id])
            {
                ref var child = ref nodes[node][letterCode[letter]];
                if (child == 0)
                {
                    child = nodes.Count;
                    nodes.Add(new int[1 << shift]);
                    tokenAt.Add(-1);
                    parentOf.Add(node);
                }
                node = child;
            }
            tokenAt[node] = id;
        }

        children = [.. nodes.SelectMany(node => node)];
        longest = new int[nodes.Count];
        longest[0] = -1;
        Shorter = new int[basesById.Length];
        for (var node = 1; node < nodes.Count; node++) // a parent comes before its children
        {
            var above = longest[parentOf[node]];
            longest[node] = tokenAt[node] >= 0 ? tokenAt[node] : above;
            if (tokenAt[node] >= 0)
                Shorter[tokenAt[node]] = above;
        }
        if (twoBitsTell)
            jump = [.. Enumerable.Range(0, 1 << 2 * JumpLength).Select(JumpTo)];
    }

    /// <summary>The longest token that <paramref name="text"/>, a letter or more, begins with.</summary>
    public int LongestPrefix(ReadOnlySpan<byte> text)
    {
        var node = 0;
        if (jump is not null && text.Length >= JumpLength)
        {
            node = jump[EightLetters(text)];
            if (node < 0)
                return ~node;
            text = text[JumpLength..];
        }
        foreach (var letter in text)
        {
            var child = children[(node << shift) + letterCode[letter]];
            if (child == 0)
                break;
            node = child;
        }
        return longest[node];
    }

    /// <summary>Two bits of ASCII that tell A, C, G and T apart, in either case.</summary>
    private static int TwoBits(byte letter) => letter >> 1 & 3;

    /// <summary>The two bits of each of eight letters, side by side, the first letter's lowest.</summary>
    private static int EightLetters(ReadOnlySpan<byte> text)
    {
        var bits = BinaryPrimitives.ReadUInt64LittleEndian(text) >> 1 & 0x0303030303030303;
        bits = (bits | bits >> 6) & 0x000F000F000F000F;
        bits = (bits | bits >> 12) & 0x000000FF000000FF;
        return (ushort)(bits | bits >> 24);
    }

    private int JumpTo(int eightLetters)
    {
        var node = 0;
        for (var i = 0; i < JumpLength; i++)
        {
            var child = children[(node << shift) + (eightLetters >> 2 * i & 3)];
            if (child == 0)
                return ~longest[node];
            node = child;
        }
        return node;
    }
}
