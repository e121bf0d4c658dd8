namespace DnaBart.Spectrum;

/// <summary>The last k bases of a sequence on both strands, two bits a base.</summary>
internal readonly record struct Kmer(ulong Forward, ulong Reverse)
{
    /// <summary>The lesser of both strands.</summary>
    public ulong Canonical => Math.Min(Forward, Reverse);

    /// <summary>Those that end with one base more.</summary>
    public Kmer Append(int code, int k) =>
        new(((Forward << 2) | (uint)code) & ((1UL << (2 * k)) - 1), (Reverse >> 2) | ((ulong)(3 - code) << (2 * (k - 1))));
}
