namespace DnaBart.Spectrum;

/// <summary>Phred qualities in eight classes, to be stored in three bits.</summary>
internal static class QualityClasses
{
    public const int Count = 8;

    /// <summary>Windows with a base below it are not counted: such a quality means "unknown" (Illumina's Q2) and the k-mer would most
    /// likely be a false one.</summary>
    public const int LowestCounted = 3;

    private static readonly int[] LowerBounds = [0, 10, 15, 20, 25, 30, 34, 37];

    private static readonly byte[] ByLetter =
        [.. Enumerable.Range(0, 256).Select(letter => (byte)Array.FindLastIndex(LowerBounds, bound => Math.Max(letter - 33, 0) >= bound))];

    /// <summary>The class of a Phred+33 letter.</summary>
    public static int Of(byte letter) => ByLetter[letter];
}
