namespace DnaBart.Tokenization;

/// <summary>Which tokens can stand side by side: bit (a, b) is set where byte-pair encoding of the letters of a and b, joined, is
/// not [a, b].
/// <para>While a is being made from its letters, its rightmost part runs through a's right spine (a, its right part, that one's
/// right part, ...), and each part lives until the merge that takes it up. Likewise for b and its left spine. The first merge
/// across the border joins x of a's right spine and y of b's left spine at rank r, and happens if both still live then: x is taken
/// up at a rank above r (at r itself the merge inside of a is further left and goes first), y at r or above. So every merge (x, y)
/// of rank r blocks {a : x in its right spine, living beyond r} times {b : y in its left spine, living until r}, and the union of
/// these is the table: some 10 ms of work for 4096 tokens.</para>
/// <para>The idea that the pairs decide alone, and that encoding thus needs no queue, is that of the <c>bpe</c> crate
/// (github/rust-gems); it tests pairs one by one.</para></summary>
internal sealed class TokenPairs
{
    /// <summary>Rows of bits, <see cref="Stride"/> words each; row <c>Size</c> (for "no token yet") blocks nothing.</summary>
    public ulong[] Blocked { get; }

    /// <summary>Words a row.</summary>
    public int Stride { get; }

    public TokenPairs(MergeTree tree)
    {
        var size = tree.Occurs.Length;
        Stride = (size + 63) / 64;
        Blocked = new ulong[(size + 1) * Stride];
        var withRight = SpineHolders(tree, tree.Right);
        var withLeft = SpineHolders(tree, tree.Left);
        var mask = new ulong[Stride];
        for (var made = 0; made < size; made++)
        {
            if (!tree.Occurs[made] || tree.Rank[made] == MergeTree.None)
                continue;
            var rank = tree.Rank[made];
            Array.Clear(mask);
            foreach (var (b, takenUp) in withLeft[tree.Right[made]])
            {
                if (takenUp >= rank)
                    mask[b >> 6] |= 1UL << b;
            }
            foreach (var (a, takenUp) in withRight[tree.Left[made]])
            {
                if (takenUp <= rank)
                    continue;
                var row = Blocked.AsSpan(a * Stride, Stride);
                for (var i = 0; i < row.Length; i++)
                    row[i] |= mask[i];
            }
        }
    }

    /// <summary>For each token x: the tokens whose spine holds x, with the rank at which x is taken up there (none, for x
    /// itself).</summary>
    /// <param name="part">The part through which the spine runs: left or right.</param>
    private static List<(int Token, int TakenUp)>[] SpineHolders(MergeTree tree, int[] part)
    {
        var holders = new List<(int, int)>[part.Length];
        for (var id = 0; id < holders.Length; id++)
            holders[id] = [];
        for (var id = 0; id < holders.Length; id++)
        {
            if (!tree.Occurs[id])
                continue;
            var takenUp = int.MaxValue;
            for (var x = id; x != MergeTree.None; x = part[x])
            {
                holders[x].Add((id, takenUp));
                takenUp = tree.Rank[x];
            }
        }
        return holders;
    }
}
