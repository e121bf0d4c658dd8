using DnaBart.IO;

namespace DnaBart.Sequences;

/// <summary>The two reads of one fragment.</summary>
public sealed record ReadPair(Read First, Read Second);

/// <summary>Reads pairs from two files of one format in step, or from one file in which mates follow each other. Mates have the same name up to the
/// first blank, apart from a last <c>/1</c> or <c>/2</c>.</summary>
public sealed class ReadPairs : IDisposable
{
    private readonly ReadReader first;
    private readonly ReadReader second;

    private ReadPairs(ReadReader first, ReadReader second) => (this.first, this.second) = (first, second);

    /// <summary>Opens the files of the first and of the second reads; one of them may be <c>-</c>.</summary>
    /// <exception cref="InputException">A file cannot be read, both are the same, or one is FASTA and the other FASTQ.</exception>
    public static ReadPairs Open(string path1, string path2)
    {
        if (path1 == path2 || (path1 != "-" && path2 != "-" && Paths.AreSame(path1, path2)))
            throw new InputException($"{path1}: given for both reads of a pair; give two files, or one as interleaved");
        var pairs = new List<ReadReader>();
        try
        {
            pairs.Add(ReadReader.Open(path1));
            pairs.Add(ReadReader.Open(path2));
            if (pairs[0].Format != pairs[1].Format)
                throw new InputException($"{path1} is {pairs[0].Format.ToString().ToUpperInvariant()} and {path2} {pairs[1].Format.ToString().ToUpperInvariant()}; give both files of a pair in one format");
            return new ReadPairs(pairs[0], pairs[1]);
        }
        catch (InputException)
        {
            pairs.ForEach(reader => reader.Dispose());
            throw;
        }
    }

    /// <summary>Opens one file, or <c>-</c>, in which every first read is followed by its second.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static ReadPairs OpenInterleaved(string path)
    {
        var reader = ReadReader.Open(path);
        return new ReadPairs(reader, reader);
    }

    public ReadFormat Format => first.Format;

    /// <inheritdoc cref="ReadReader.Fraction"/>
    public double? Fraction => first.Fraction;

    /// <summary>The remaining pairs, read as they are asked for.</summary>
    /// <exception cref="InputException">A file is malformed, has fewer reads than the other, or mates have different names.</exception>
    public IEnumerable<ReadPair> ReadAll()
    {
        while (true)
        {
            var firstLine = first.NextLine;
            var read1 = first.Next();
            var secondLine = second.NextLine;
            var read2 = second.Next();
            if (read1 is null && read2 is null)
                yield break;
            if (read1 is null || read2 is null)
                throw Unpaired(read1, firstLine, secondLine);
            if (!MateName(read1.Name).SequenceEqual(MateName(read2.Name)))
                throw new InputException($"{At(first, firstLine)} and {At(second, secondLine)}: read names differ, " +
                    $"'{read1.Name}' and '{read2.Name}'; the files do not belong together or reads are missing");
            yield return new ReadPair(read1, read2);
        }
    }

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    private InputException Unpaired(Read? read1, long firstLine, long secondLine)
    {
        if (ReferenceEquals(first, second))
            return new InputException($"{At(first, firstLine)}: the last read, '{read1!.Name}', has no mate; " +
                "an interleaved file holds an even number of reads");
        var (more, line, less) = read1 is not null ? (first, firstLine, second) : (second, secondLine, first);
        return new InputException($"{At(more, line)} and {less.Path}: unequal numbers of reads; {less.Path} ends after {less.Count}, " +
            $"{more.Path} has more");
    }

    private static string At(ReadReader reader, long line) => $"{(reader.Path == "-" ? "stdin" : reader.Path)}:{line}";

    private static ReadOnlySpan<char> MateName(string header)
    {
        var blank = header.AsSpan().IndexOfAny(' ', '\t');
        var name = blank < 0 ? header : header.AsSpan(0, blank);
        return name is [.. var stem, '/', '1' or '2'] ? stem : name;
    }
}
