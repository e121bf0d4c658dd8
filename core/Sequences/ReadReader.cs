using DnaBart.IO;

namespace DnaBart.Sequences;

/// <summary>A file format of sequencing reads.</summary>
public enum ReadFormat
{
    /// <summary>With qualities.</summary>
    Fastq,

    /// <summary>Without; see <see cref="FastaReadReader"/>.</summary>
    Fasta,
}

/// <summary>Reads the sequencing reads of a file, one by one.</summary>
public abstract class ReadReader : IDisposable
{
    /// <summary>The path as the user gave it.</summary>
    public abstract string Path { get; }

    public abstract ReadFormat Format { get; }

    /// <summary>The number of reads read so far.</summary>
    public long Count { get; private protected set; }

    /// <summary>How much of the file has been read, 0 to 1; null for a source whose length is not known.</summary>
    public abstract double? Fraction { get; }

    /// <summary>The line, from 1, on which the next read begins.</summary>
    public abstract long NextLine { get; }

    /// <summary>Opens a FASTQ or FASTA file, or standard input for <c>-</c>; format and compression are known by content, not by name. A file whose first letter is
    /// <c>&gt;</c> is FASTA.</summary>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    public static ReadReader Open(string path)
    {
        var block = InputBlock.Open(path);
        try
        {
            return block.Peek() == '>' ? new FastaReadReader(block) : new FastqReader(block);
        }
        catch (InputException)
        {
            block.Dispose();
            throw;
        }
    }

    /// <summary>The next read as a copy of its own, or null at the end of the file.</summary>
    /// <exception cref="InputException">The file is malformed or its gzip data are damaged; the message gives file and line.</exception>
    public abstract Read? Next();

    /// <summary>The remaining reads, read as they are asked for.</summary>
    /// <inheritdoc cref="Next" path="/exception"/>
    public IEnumerable<Read> ReadAll()
    {
        while (Next() is { } read)
            yield return read;
    }

    public abstract void Dispose();
}
