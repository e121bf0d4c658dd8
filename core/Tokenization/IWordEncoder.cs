namespace DnaBart.Tokenization;

/// <summary>Encodes a word: a run of letters that all take part in merges.</summary>
internal interface IWordEncoder
{
    /// <summary>Writes the ids of <paramref name="word"/> and returns how many there are.</summary>
    /// <param name="word">At least one letter.</param>
    /// <param name="ids">At least as long as <paramref name="word"/>.</param>
    int Encode(ReadOnlySpan<byte> word, Span<int> ids);
}
