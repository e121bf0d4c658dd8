namespace DnaBart.Correction;

/// <summary>What the other reads of the data set say about the bases of one read, to be added to a model's log-odds and the quality's.
/// An instance belongs to one thread and looks at one read at a time.</summary>
public interface IReadEvidence
{
    /// <summary>Looks at a read; everything else speaks of it until the next call.</summary>
    /// <param name="bases">IUPAC letters in either case.</param>
    /// <param name="quality">Phred+33, one a base.</param>
    void Load(ReadOnlySpan<byte> bases, ReadOnlySpan<byte> quality);

    /// <summary>Looks at a read as corrected.</summary>
    /// <param name="bases">As it was read, and so counted.</param>
    /// <param name="corrected">The same or other bases in their places.</param>
    void Load(ReadOnlySpan<byte> bases, ReadOnlySpan<byte> quality, ReadOnlySpan<byte> corrected);

    /// <summary>Whether enough other reads have the base as it stands for it to need no second look.</summary>
    bool IsTrusted(int position);

    /// <summary>The natural logarithm of P(other reads | the base is <paramref name="code"/>) / P(other reads | it is as it stands). The
    /// base's own quality is not part of it. 0 for the base as it stands, and where the read has no base (N).</summary>
    /// <param name="code">A 0, C 1, G 2, T 3.</param>
    double LogRatio(int position, int code);

    /// <summary>Puts another base there, for what is asked next.</summary>
    void Replace(int position, int code);
}
