namespace DnaBart.Tokenization;

/// <summary>What a tokenizer file states: the tokens by id, which of them are special, the merges by rank, and the special tokens
/// that its template puts around a sequence. Everything that encoding needs beyond this is derived from it.</summary>
internal sealed class Vocabulary
{
    /// <summary>The five special tokens of a vocabulary that we train, in BART's order: their ids are 0 to 4.</summary>
    private static readonly string[] BartSpecials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];

    /// <summary>The single bases of a vocabulary that we train. N stays out of all merges.</summary>
    public const string Bases = "ACGTN";

    /// <summary>The id of A in a vocabulary that we train; C, G, T and N follow.</summary>
    public const int FirstBase = 5;

    /// <summary>The smallest vocabulary that we train: special tokens and single bases.</summary>
    public const int SmallestSize = FirstBase + 5;

    /// <summary>The tokens by id.</summary>
    public required string[] Tokens { get; init; }

    /// <summary>By id: true for a special token, which stands for no bases.</summary>
    public required bool[] IsSpecial { get; init; }

    /// <summary>The merges, lowest rank first.</summary>
    public required IReadOnlyList<Merge> Merges { get; init; }

    public required SpecialTokens Special { get; init; }

    /// <summary>The special tokens before a sequence.</summary>
    public required int[] Prefix { get; init; }

    /// <summary>The special tokens after a sequence.</summary>
    public required int[] Suffix { get; init; }

    /// <summary>A vocabulary in BART's layout: special tokens, single bases, then one token a merge.</summary>
    /// <param name="merges">Pairs of ids; the i-th makes the token <c>SmallestSize + i</c>.</param>
    public static Vocabulary InBartLayout(IReadOnlyList<(int Left, int Right)> merges)
    {
        var tokens = new string[SmallestSize + merges.Count];
        BartSpecials.CopyTo(tokens, 0);
        for (var i = 0; i < Bases.Length; i++)
            tokens[FirstBase + i] = Bases[i].ToString();
        var rules = new Merge[merges.Count];
        for (var i = 0; i < merges.Count; i++)
        {
            var (left, right) = merges[i];
            tokens[SmallestSize + i] = tokens[left] + tokens[right];
            rules[i] = new Merge(left, right, SmallestSize + i);
        }
        var isSpecial = new bool[tokens.Length];
        isSpecial.AsSpan(0, FirstBase).Fill(true);
        return new Vocabulary
        {
            Tokens = tokens,
            IsSpecial = isSpecial,
            Merges = rules,
            Special = new SpecialTokens(Unknown: 3, Begin: 0, End: 2, Pad: 1, Mask: 4),
            Prefix = [0],
            Suffix = [2],
        };
    }
}
