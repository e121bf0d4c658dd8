namespace DnaBart.Tokenization;

/// <summary>How byte-pair encoding makes each token. A token's letters, encoded alone, end as that token by one sequence of merges, or
/// never; and up to the moment when a token comes about in any text, its letters have merged with no letter outside of it. So a
/// token has one way to come about, in every text: its last merge joins <see cref="Left"/> and <see cref="Right"/> at
/// <see cref="Rank"/>. Other merges with the same result, and tokens that do not end as themselves, never occur.</summary>
internal sealed class MergeTree
{
    /// <summary>Marks a letter's missing parts and rank.</summary>
    public const int None = -1;

    /// <summary>By id: true for single letters and for tokens that encode as themselves.</summary>
    public bool[] Occurs { get; }

    /// <summary>By id: the left part of the last merge; <see cref="None"/> for a letter.</summary>
    public int[] Left { get; }

    /// <summary>By id: the right part of the last merge; <see cref="None"/> for a letter.</summary>
    public int[] Right { get; }

    /// <summary>By id: the rank of the last merge; <see cref="None"/> for a letter.</summary>
    public int[] Rank { get; }

    /// <summary>True where every token is made from tokens of lower rank, as training makes them. Then merges happen in the order of
    /// their ranks, which <see cref="TokenPairs"/> relies on.</summary>
    public bool RanksRise { get; }

    public MergeTree(Vocabulary vocabulary, MergeQueueEncoder encoder, byte[][] basesById)
    {
        var size = vocabulary.Tokens.Length;
        (Occurs, Left, Right, Rank) = (new bool[size], new int[size], new int[size], new int[size]);
        RanksRise = true;
        var made = new int[basesById.Max(bases => bases.Length)];
        for (var id = 0; id < size; id++)
        {
            (Left[id], Right[id], Rank[id]) = (None, None, None);
            var bases = basesById[id];
            Occurs[id] = bases.Length > 0 && encoder.Encode(bases, made, out Rank[id]) == 1 && made[0] == id;
            if (Occurs[id] && Rank[id] != None)
                (Left[id], Right[id], _) = vocabulary.Merges[Rank[id]];
        }
        for (var id = 0; id < size; id++)
        {
            if (Occurs[id] && Rank[id] != None)
                RanksRise &= Rank[Left[id]] < Rank[id] && Rank[Right[id]] < Rank[id];
        }
    }
}
