using DnaBart.IO;

namespace DnaBart.Sequences;

/// <summary>Reads FASTQ (Cock et al., Nucleic Acids Res. 38:1767, 2010; Sanger variant, Phred+33) of four lines a record, plain,
/// gzip or BGZF, with LF or CRLF line ends. Nothing is skipped: what is not a record is an error. No record at all is valid.</summary>
public sealed class FastqReader : ReadReader
{
    private const int LinesPerRecord = 4;
    private readonly InputBlock block;

    internal FastqReader(InputBlock block) => this.block = block;

    public override string Path => block.Path;

    public override ReadFormat Format => ReadFormat.Fastq;

    public override double? Fraction => block.Fraction;

    public override long NextLine => Count * LinesPerRecord + 1;

    /// <summary>Opens a FASTQ file, or standard input for <c>-</c>; compression is known by content, not by name.</summary>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    public static new FastqReader Open(string path) => new(InputBlock.Open(path));

    /// <summary>Reads a stream, which is disposed with the reader.</summary>
    /// <param name="source">FASTQ, plain or gzip.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="longestRecord">The bytes that a record may have, 256 kB at least.</param>
    public static FastqReader Open(Stream source, string name, int longestRecord = int.MaxValue) =>
        new(InputBlock.Open(source, name, longestRecord));

    /// <summary>Reads the next record, without allocating; its spans are valid until the next call.</summary>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="InputException">The file is malformed or its gzip data are damaged; the message gives file and line.</exception>
    public bool TryRead(out FastqRecord record)
    {
        while (!TryTake(out record))
        {
            if (block.Ended)
            {
                CheckNothingIsLeft();
                return false;
            }
            block.RefillToLineEnd(NextLine);
        }
        Count++;
        return true;
    }

    /// <inheritdoc/>
    public override Read? Next() => TryRead(out var record) ? record.ToRead() : null;

    public override void Dispose() => block.Dispose();

    /// <summary>Takes a record from the block if all its lines are there. Each line is checked as soon as it is, so that a
    /// file of another kind fails at once and is not first read into memory.</summary>
    private bool TryTake(out FastqRecord record)
    {
        record = default;
        var rest = block.Unread;
        if (!TryTakeLine(ref rest, out var header))
            return false;
        if (header.IsEmpty)
        {
            // Blank lines may end a file, but not stand before a record.
            if (block.Unread.ContainsAnyExcept((byte)'\r', (byte)'\n'))
                throw Error(0, "a blank line where a record should begin with '@'");
            return false;
        }
        if (header[0] != '@')
            throw Error(0, $"a record begins with '@', found {InputText.Show(header)}{Hint(header)}");
        if (!TryTakeLine(ref rest, out var bases) || !TryTakeLine(ref rest, out var separator))
            return false;
        if (separator.IsEmpty || separator[0] != '+')
            throw Error(2, NoSeparator(separator));
        if (!TryTakeLine(ref rest, out var quality))
            return false;

        if (bases.Length != quality.Length)
            throw Error(3, $"{quality.Length} quality letters for {bases.Length} bases; the record is damaged, or its lines are wrapped");
        if (Nucleotides.IndexOfInvalid(bases) is >= 0 and var wrongBase)
            throw Error(1, $"{InputText.Show(bases[wrongBase])} in column {wrongBase + 1} is no IUPAC nucleotide letter");
        if (quality.IndexOfAnyExceptInRange((byte)'!', (byte)'~') is >= 0 and var wrongQuality)
            throw Error(3, $"{InputText.Show(quality[wrongQuality])} in column {wrongQuality + 1} is no quality letter ('!' to '~')");
        if (separator.Length > 1 && !separator[1..].SequenceEqual(header[1..]))
            throw Error(2, "the name after '+' is not the name of the record; lines are missing or mixed up");

        block.Advance(block.Unread.Length - rest.Length);
        record = new FastqRecord(header[1..], bases, quality);
        return true;
    }

    /// <summary>Takes a line without its line end; the last line of a file may lack one.</summary>
    private bool TryTakeLine(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        var length = rest.IndexOf((byte)'\n');
        if (length >= 0)
        {
            line = rest[..length];
            rest = rest[(length + 1)..];
        }
        else
        {
            line = rest;
            if (!block.Ended || rest.IsEmpty)
                return false;
            rest = default;
        }
        if (line is [.., (byte)'\r'])
            line = line[..^1];
        return true;
    }

    private void CheckNothingIsLeft()
    {
        var rest = block.Unread;
        if (!rest.ContainsAnyExcept((byte)'\r', (byte)'\n'))
            return;
        var lines = rest.Count((byte)'\n') + (rest[^1] == '\n' ? 0 : 1);
        throw Error(lines - 1, $"the file ends inside a record, after {lines} of its {LinesPerRecord} lines; it is truncated");
    }

    private InputException Error(int lineOfRecord, string message) => InputException.At(Path, NextLine + lineOfRecord, message);

    private static string Hint(ReadOnlySpan<byte> header) =>
        "; " + (header[0] == '>' ? "this looks like FASTA, give FASTQ" : OtherFormats.Advice(header) ?? "the file is damaged or is no FASTQ file");

    private static string NoSeparator(ReadOnlySpan<byte> line)
    {
        var expected = $"the third line of a record begins with '+', found {InputText.Show(line)}";
        return !line.IsEmpty && Nucleotides.IndexOfInvalid(line) < 0
            ? $"{expected}; sequences wrapped over several lines are not supported, unwrap them first (seqtk seq -l0)"
            : expected;
    }
}
