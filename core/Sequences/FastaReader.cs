using System.Text;
using DnaBart.IO;

namespace DnaBart.Sequences;

/// <summary>A named sequence: a chromosome, contig or amplicon.</summary>
/// <param name="Name">The whole header line without its <c>&gt;</c>; bytes above 127 are kept as Latin-1 letters.</param>
/// <param name="Bases">IUPAC letters (ASCII), in the case of the file; at least one.</param>
public sealed record FastaSequence(string Name, byte[] Bases)
{
    /// <summary>The name without its description, as SAM and VCF have it.</summary>
    public string Id => Name.Split((char[])[' ', '\t'], 2)[0];
}

/// <summary>Reads FASTA, plain, gzip or BGZF, with LF or CRLF line ends and lines of any length. It holds one sequence at a
/// time: memory is about two to three bytes a base of the longest one.</summary>
public sealed class FastaReader : IDisposable
{
    private readonly InputBlock block;
    private readonly LineReader lines;
    private byte[] bases = new byte[1 << 16];

    internal FastaReader(InputBlock block) => (this.block, lines) = (block, new LineReader(block));

    /// <summary>Opens a FASTA file, or standard input for <c>-</c>; compression is known by content, not by name.</summary>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    public static FastaReader Open(string path) => new(InputBlock.Open(path));

    /// <summary>All sequences of some files, a genome, as DNA: RNA's U is T.</summary>
    /// <exception cref="InputException">As for <see cref="ReadAll"/>.</exception>
    public static List<FastaSequence> ReadFiles(IEnumerable<string> paths)
    {
        var sequences = new List<FastaSequence>();
        foreach (var path in paths)
        {
            using var reader = Open(path);
            sequences.AddRange(reader.ReadAll());
        }
        foreach (var sequence in sequences)
            Nucleotides.ToDna(sequence.Bases);
        return sequences;
    }

    /// <summary>The line, from 1, of the header of the next sequence.</summary>
    internal long NextLine => Math.Max(1, lines.Line);

    /// <summary>The sequences in file order, read as they are asked for.</summary>
    /// <exception cref="InputException">The file holds no sequence, is malformed, or its gzip data are damaged; the message gives
    /// file and line.</exception>
    public IEnumerable<FastaSequence> ReadAll()
    {
        var name = ReadFirstHeader();
        while (name is not null)
        {
            var headerLine = lines.Line;
            var length = ReadBases(out var next);
            if (length == 0)
                throw InputException.At(block.Path, headerLine, $"the sequence '{name}' has no bases");
            yield return new FastaSequence(name, bases.AsSpan(0, length).ToArray());
            name = next;
        }
    }

    public void Dispose() => block.Dispose();

    private string ReadFirstHeader()
    {
        ReadOnlySpan<byte> header;
        do
        {
            if (!lines.TryRead(out header))
                throw new InputException($"{(block.Path == "-" ? "stdin" : block.Path)}: holds no sequence; give a FASTA file");
        }
        while (header.IsEmpty);
        if (header[0] != '>')
        {
            var advice = header[0] == '@' ? "this looks like FASTQ, give FASTA" : OtherFormats.Advice(header) ?? "give a FASTA file";
            throw InputException.At(block.Path, lines.Line, $"a FASTA file begins with '>', found {InputText.Show(header)}; {advice}");
        }
        return Encoding.Latin1.GetString(header[1..]);
    }

    /// <summary>Reads lines into <see cref="bases"/> up to the next header or the end of the file.</summary>
    /// <param name="nextName">The name in that header, or null.</param>
    /// <returns>The number of bases.</returns>
    private int ReadBases(out string? nextName)
    {
        var length = 0;
        while (lines.TryRead(out var text))
        {
            if (text is [(byte)'>', ..])
            {
                nextName = Encoding.Latin1.GetString(text[1..]);
                return length;
            }
            if (Nucleotides.IndexOfInvalid(text) is >= 0 and var wrong)
                throw InputException.At(block.Path, lines.Line,
                    $"{InputText.Show(text[wrong])} in column {wrong + 1} is no IUPAC nucleotide letter");
            if (text.Length > bases.Length - length)
                Grow(length, text.Length);
            text.CopyTo(bases.AsSpan(length));
            length += text.Length;
        }
        nextName = null;
        return length;
    }

    private void Grow(int used, int more)
    {
        if (used > block.Longest - more)
            throw new RecordTooLongException(block.Path, lines.Line, $"a sequence of more than {block.Longest:N0} bases; split it");
        Array.Resize(ref bases, (int)Math.Min(Math.Max(2L * bases.Length, (long)used + more), block.Longest));
    }
}
