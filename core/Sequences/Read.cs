using System.Text;

namespace DnaBart.Sequences;

/// <summary>A sequencing read that owns its bytes.</summary>
/// <param name="Name">The whole header line without its <c>@</c>; bytes above 127 are kept as Latin-1 letters.</param>
/// <param name="Bases">IUPAC letters (ASCII), in the case of the file.</param>
/// <param name="Quality">Phred+33 letters (ASCII), one a base.</param>
public sealed record Read(string Name, byte[] Bases, byte[] Quality);

/// <summary>A sequencing read in the reader's buffer; its spans are valid until the next read from the same reader.</summary>
public readonly ref struct FastqRecord(ReadOnlySpan<byte> name, ReadOnlySpan<byte> bases, ReadOnlySpan<byte> quality)
{
    /// <summary>The whole header line without its <c>@</c>.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>IUPAC letters (ASCII), in the case of the file.</summary>
    public ReadOnlySpan<byte> Bases { get; } = bases;

    /// <summary>Phred+33 letters (ASCII), one a base.</summary>
    public ReadOnlySpan<byte> Quality { get; } = quality;

    /// <summary>A copy that outlives the reader's buffer.</summary>
    public Read ToRead() => new(Encoding.Latin1.GetString(Name), Bases.ToArray(), Quality.ToArray());
}
