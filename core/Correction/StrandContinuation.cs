using DnaBart.Sequences;

namespace DnaBart.Correction;

/// <summary>How a sequence goes on behind its end, by a model. The end cuts the last token off, in more ways than a model learns by heart, and the
/// last bases are taken as they are read. With something behind them they lie in the middle, in whole tokens.</summary>
internal static class StrandContinuation
{
    // Bases that tell the place: 40 told it less well, 75 no better.
    private const int Context = 60;

    // Of what the model puts into the place of the placeholder the first bases are right most often: of yeast I's nine in ten of the first four, three in
    // four of the eighth, one in three of the last.
    private const int Kept = 8;

    private const int MostChanges = 6;

    private static ReadOnlySpan<byte> Placeholder => "ACGTACGTACGT"u8;

    /// <summary>What the model is to be asked: the last bases, with some behind them that say nothing.</summary>
    public static byte[] Ask(ReadOnlySpan<byte> sequence) => [.. sequence[Math.Max(0, sequence.Length - Context)..], .. Placeholder];

    /// <summary>Whether a token's bases leave something to be judged before the end of what was asked about, or change something there.</summary>
    /// <param name="asked">From <see cref="Ask"/>.</param>
    public static bool IsBefore(ReadOnlySpan<byte> asked, int offset, ReadOnlySpan<byte> bases)
    {
        var left = asked.Length - Placeholder.Length - offset;
        return left > 0 && (bases.Length <= left || !bases[..left].SequenceEqual(asked.Slice(offset, left)));
    }

    /// <summary>Whether the model would change a few of the bases before the end; where it would change many, it takes them for another place.</summary>
    /// <param name="answer">What the model made of it: as long, or cut off and of no use.</param>
    public static bool IsChanged(ReadOnlySpan<byte> asked, ReadOnlySpan<byte> answer)
    {
        if (answer.Length != asked.Length)
            return false;
        var changes = 0;
        for (var i = 0; i < asked.Length - Placeholder.Length; i++)
            changes += Nucleotides.Code(answer[i]) == Nucleotides.Code(asked[i]) ? 0 : 1;
        return changes is > 0 and <= MostChanges;
    }

    /// <summary>The first bases of how the sequence goes on.</summary>
    /// <param name="answer">As long as what was asked.</param>
    public static ReadOnlySpan<byte> Continuation(ReadOnlySpan<byte> answer) => answer[^Placeholder.Length..][..Kept];
}
