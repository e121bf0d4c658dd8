using System.Security.Cryptography;
using DnaBart.Sequences;

namespace DnaBart.Pretraining;

/// <summary>The sequences that a model is trained or evaluated on.</summary>
/// <param name="Sequences">Their bases, in the order and case of the files.</param>
/// <param name="Sha256">A fingerprint of all bases in order, case ignored: a run is resumed on the genome it began with.</param>
public sealed record Genome(IReadOnlyList<byte[]> Sequences, string Sha256)
{
    /// <summary>Reads FASTA files, plain or gzip; RNA as the DNA that it is of.</summary>
    /// <exception cref="IO.InputException">A file is missing or malformed.</exception>
    public static Genome Load(IEnumerable<string> files) => Of(FastaReader.ReadFiles(files).ConvertAll(sequence => sequence.Bases));

    /// <summary>A genome held in memory.</summary>
    public static Genome Of(IReadOnlyList<byte[]> sequences)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> upper = new byte[1 << 16];
        foreach (var sequence in sequences)
        {
            for (var start = 0; start < sequence.Length; start += upper.Length)
            {
                var part = sequence.AsSpan(start, Math.Min(upper.Length, sequence.Length - start));
                System.Text.Ascii.ToUpper(part, upper, out _);
                hash.AppendData(upper[..part.Length]);
            }
            hash.AppendData(">"u8);
        }
        return new Genome(sequences, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
