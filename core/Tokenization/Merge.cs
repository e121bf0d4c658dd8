namespace DnaBart.Tokenization;

/// <summary>One rule of byte-pair encoding: tokens <paramref name="Left"/> and <paramref name="Right"/>, side by side, become
/// <paramref name="Result"/>. A rule's rank is its place in the list of rules; the lowest rank is applied first.</summary>
internal readonly record struct Merge(int Left, int Right, int Result)
{
    /// <summary>The pair of tokens as one dictionary key.</summary>
    public static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;
}
