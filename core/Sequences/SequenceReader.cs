using DnaBart.IO;

namespace DnaBart.Sequences;

/// <summary>Reads named sequences from FASTA or FASTQ, whichever a file is; qualities are left out.</summary>
public static class SequenceReader
{
    /// <summary>The sequences of a file, or of standard input for <c>-</c>, read as they are asked for; plain or gzip. A file whose first
    /// letter is <c>@</c> is FASTQ.</summary>
    /// <exception cref="InputException">The file cannot be read or is malformed; the message gives file and line.</exception>
    public static IEnumerable<FastaSequence> ReadAll(string path) => ReadAll(() => InputBlock.Open(path));

    /// <summary>The sequences of a stream, which is disposed at the end.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="longestRecord">The bytes that a record may have, 256 kB at least.</param>
    /// <exception cref="InputException">The data are malformed; the message gives name and line.</exception>
    public static IEnumerable<FastaSequence> ReadAll(Stream source, string name, int longestRecord = int.MaxValue) =>
        ReadAll(() => InputBlock.Open(source, name, longestRecord));

    private static IEnumerable<FastaSequence> ReadAll(Func<InputBlock> open)
    {
        using var block = open();
        if (block.Peek() == '@')
        {
            using var reader = new FastqReader(block);
            while (reader.Next() is { } read)
                yield return new FastaSequence(read.Name, read.Bases);
        }
        else
        {
            using var reader = new FastaReader(block);
            foreach (var sequence in reader.ReadAll())
                yield return sequence;
        }
    }
}
