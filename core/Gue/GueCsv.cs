using System.Buffers;
using System.IO.Compression;
using DnaBart.IO;

namespace DnaBart.Gue;

/// <summary>One labelled sequence.</summary>
/// <param name="Sequence">Bases in upper case: A, C, G, T, N or another IUPAC letter.</param>
/// <param name="Label">The class, counted from 0.</param>
public readonly record struct GueExample(string Sequence, int Label);

/// <summary>Reads GUE's CSV files: a header <c>sequence,label</c>, then one example a line; LF or CRLF; plain or <c>.gz</c>. Lines at the end may be
/// blank.</summary>
public static class GueCsv
{
    private static readonly SearchValues<char> Bases = SearchValues.Create("ACGTURYSWKMBDHVN");

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file; a name that ends in <c>.gz</c> is decompressed.</param>
    /// <param name="classes">Number of classes; a label outside 0 to classes - 1 is an error.</param>
    /// <exception cref="InputException">The file cannot be read or a line is malformed; the message names the line.</exception>
    public static List<GueExample> Read(string path, int classes) => Read(new MemoryStream(ReadContent(path)), path, classes);

    /// <summary>Reads a decompressed stream; <paramref name="name"/> stands in error messages.</summary>
    /// <inheritdoc cref="Read(string, int)"/>
    public static List<GueExample> Read(Stream content, string name, int classes)
    {
        using var reader = new StreamReader(content);
        if (reader.ReadLine() is not "sequence,label")
            throw InputException.At(name, 1, "expected the header 'sequence,label'; is this a GUE file?");
        var examples = new List<GueExample>();
        var blank = false;
        for (var line = 2L; reader.ReadLine() is { } text; line++)
        {
            if (blank && !string.IsNullOrWhiteSpace(text))
                throw InputException.At(name, line - 1, "a blank line stands before an example: expected SEQUENCE,LABEL");
            blank = string.IsNullOrWhiteSpace(text);
            if (!blank)
                examples.Add(Parse(text, name, line, classes));
        }
        if (examples.Count == 0)
            throw InputException.At(name, 2, "no examples after the header; the file is incomplete");
        return examples;
    }

    /// <summary>A file's decompressed bytes (the largest of GUE holds 78 MB).</summary>
    internal static byte[] ReadContent(string path)
    {
        try
        {
            if (!path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
                return File.ReadAllBytes(path);
            using var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            using var content = new MemoryStream();
            gzip.CopyTo(content);
            return content.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw InputException.Unreadable(path, e);
        }
    }

    private static GueExample Parse(string text, string name, long line, int classes)
    {
        var comma = text.IndexOf(',');
        if (comma <= 0)
            throw InputException.At(name, line, "expected SEQUENCE,LABEL (the file may be cut short)");
        var sequence = text[..comma].ToUpperInvariant();
        var bad = sequence.AsSpan().IndexOfAnyExcept(Bases);
        if (bad >= 0)
            throw InputException.At(name, line, $"'{sequence[bad]}' at base {bad + 1} is not a DNA letter (A, C, G, T, N or IUPAC)");
        if (!int.TryParse(text.AsSpan(comma + 1), out var label) || label < 0 || label >= classes)
            throw InputException.At(name, line, $"label '{text[(comma + 1)..]}' is not a class from 0 to {classes - 1}");
        return new GueExample(sequence, label);
    }
}
