namespace DnaBart.Sequences;

/// <summary>Tells files that are neither FASTA, FASTQ nor gzip by how they begin, so that a message can say what to do with them.</summary>
internal static class OtherFormats
{
    /// <summary>What a file looks like and how to make FASTQ or FASTA of it; null where it is none that is known here.</summary>
    /// <param name="start">The file's first bytes, decompressed where it is gzip or BGZF.</param>
    public static string? Advice(ReadOnlySpan<byte> start) => start switch
    {
        // SAM specification, section 4.2, and the CRAM format specification, section 6.
        [(byte)'B', (byte)'A', (byte)'M', 1, ..] => "this looks like BAM; samtools fastq makes FASTQ of it",
        [(byte)'C', (byte)'R', (byte)'A', (byte)'M', ..] => "this looks like CRAM; samtools fastq makes FASTQ of it",
        // RFC 8878, 3.1.1; the xz and bzip2 formats' magic numbers.
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "this looks like zstd; decompress it first (zstd -d), or compress it with gzip",
        [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] => "this looks like xz; decompress it first (xz -d), or compress it with gzip",
        [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', ..] => "this looks like bzip2; decompress it first (bzip2 -d), or compress it with gzip",
        [(byte)'P', (byte)'K', 3, 4, ..] => "this looks like zip; unpack it first (unzip), or compress it with gzip",
        // A run as the Sequence Read Archive keeps it.
        [(byte)'N', (byte)'C', (byte)'B', (byte)'I', (byte)'.', (byte)'s', (byte)'r', (byte)'a', ..] => "this looks like an SRA run; fasterq-dump makes FASTQ of it",
        [0xef, 0xbb, 0xbf, ..] => "it begins with a byte order mark, as text editors write it; take it away (sed -i '1s/^\\xef\\xbb\\xbf//')",
        _ => null,
    };
}
