using System.Buffers;

namespace DnaBart.Sequences;

/// <summary>The nucleotide alphabet of IUPAC: which letters are valid, what they pair with, and the codes 0..3 of A, C, G, T.
/// Letters are ASCII bytes; lower case (soft-masked) letters are valid, and stay lower case when complemented. Source:
/// Cornish-Bowden, Nucleic Acids Res. 13:3021 (1985).</summary>
public static class Nucleotides
{
    private const string Letters = "ACGTURYSWKMBDHVN";
    private const string Partners = "TGCAAYRSWMKVHDBN";
    private const int LowerCase = 0x20;

    private static readonly SearchValues<byte> Valid =
        SearchValues.Create([.. Letters.Select(letter => (byte)letter), .. Letters.Select(letter => (byte)char.ToLowerInvariant(letter))]);

    private static readonly byte[] Complements = BuildComplements();
    private static readonly sbyte[] Codes = BuildCodes();

    /// <summary>The index of the first byte that is no IUPAC nucleotide letter, or -1.</summary>
    public static int IndexOfInvalid(ReadOnlySpan<byte> bases) => bases.IndexOfAnyExcept(Valid);

    /// <summary>The code of a base: A 0, C 1, G 2, T and U 3, in either case; -1 for every other byte, N and the other ambiguity
    /// codes too.</summary>
    public static int Code(byte letter) => Codes[letter];

    /// <summary>The letter of a base's code, 0 to 3, in the case of the letter whose place it takes.</summary>
    public static byte Letter(int code, byte like) => (byte)("ACGT"[code] | (like & LowerCase));

    /// <summary>Puts T in the place of RNA's U, in either case.</summary>
    public static void ToDna(Span<byte> bases)
    {
        bases.Replace((byte)'U', (byte)'T');
        bases.Replace((byte)'u', (byte)'t');
    }

    /// <summary>Writes the reverse complement of <paramref name="bases"/> to the start of <paramref name="destination"/>.</summary>
    /// <param name="bases">The strand to turn over; a byte that is no IUPAC letter stays what it is.</param>
    /// <param name="destination">At least as long as <paramref name="bases"/>; must not overlap it.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public static void ReverseComplement(ReadOnlySpan<byte> bases, Span<byte> destination)
    {
        if (destination.Length < bases.Length)
            throw new ArgumentException($"{bases.Length} bases do not fit in {destination.Length} bytes", nameof(destination));
        for (var i = 0; i < bases.Length; i++)
            destination[bases.Length - 1 - i] = Complements[bases[i]];
    }

    /// <summary>The reverse complement: the other strand.</summary>
    public static byte[] ReverseComplement(ReadOnlySpan<byte> bases)
    {
        var other = new byte[bases.Length];
        ReverseComplement(bases, other);
        return other;
    }

    private static byte[] BuildComplements()
    {
        var table = new byte[256];
        for (var letter = 0; letter < table.Length; letter++)
            table[letter] = (byte)letter;
        for (var i = 0; i < Letters.Length; i++)
        {
            table[Letters[i]] = (byte)Partners[i];
            table[char.ToLowerInvariant(Letters[i])] = (byte)char.ToLowerInvariant(Partners[i]);
        }
        return table;
    }

    private static sbyte[] BuildCodes()
    {
        var table = new sbyte[256];
        Array.Fill(table, (sbyte)-1);
        foreach (var (letter, code) in "ACGTU".Zip<char, sbyte>([0, 1, 2, 3, 3]))
            table[letter] = table[char.ToLowerInvariant(letter)] = code;
        return table;
    }
}
