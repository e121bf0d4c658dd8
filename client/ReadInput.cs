using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Client;

/// <summary>The reads of one FASTQ or FASTA file, of a pair of files, or of an interleaved file, as one stream: mates follow each other.</summary>
internal sealed class ReadInput : IDisposable
{
    // Reads from one estimate of their number to the next: each asks the system where in the file they are.
    private const int ReadsPerEstimate = 256;

    private readonly IReadOnlyList<string> paths;
    private readonly bool interleaved;
    private readonly IDisposable source;
    private readonly IEnumerable<Read> reads;
    private readonly Func<double?> fraction;
    private readonly Phred64Detector qualities = new(Console.Error.WriteLine);

    private ReadInput(IReadOnlyList<string> paths, bool interleaved, IDisposable source, IEnumerable<Read> reads, Func<double?> fraction, ReadFormat format) =>
        (this.paths, this.interleaved, this.source, this.reads, this.fraction, Format) = (paths, interleaved, source, reads, fraction, format);

    public ReadFormat Format { get; }

    /// <summary>Reads handed out so far.</summary>
    public long Count { get; private set; }

    /// <summary>About how many there are, by the share of the file that is read; null where that is not known.</summary>
    public long? EstimatedTotal { get; private set; }

    /// <summary>Whether every first read is followed by its mate.</summary>
    public bool ArePairs => interleaved || paths.Count > 1;

    /// <param name="paths">One file or two; <c>-</c> is standard input.</param>
    /// <param name="interleaved">Whether mates follow each other in the one file.</param>
    /// <exception cref="InputException">A file cannot be read, or there are too many.</exception>
    public static ReadInput Open(IReadOnlyList<string> paths, bool interleaved)
    {
        if (!interleaved && paths.Count == 1)
        {
            var reader = ReadReader.Open(paths[0]);
            return new ReadInput(paths, interleaved, reader, reader.ReadAll(), () => reader.Fraction, reader.Format);
        }
        if (paths.Count > 2 || (paths.Count == 2 && interleaved))
            throw new InputException($"{paths.Count} input files; give one, the two of a pair, or one with --interleaved");
        var pairs = interleaved ? ReadPairs.OpenInterleaved(paths[0]) : ReadPairs.Open(paths[0], paths[1]);
        return new ReadInput(paths, interleaved, pairs, pairs.ReadAll().SelectMany(pair => new[] { pair.First, pair.Second }), () => pairs.Fraction, pairs.Format);
    }

    /// <summary>Whether a path is standard input or leads to a pipe, whose reads are gone once they are read.</summary>
    public static bool CanOnlyBeReadOnce(string path) => path == "-" || Paths.IsSpecial(path);

    /// <summary>The reads, once. Standard error is told if their qualities seem to be Phred+64.</summary>
    /// <exception cref="InputException">A file is malformed; the message gives file and line.</exception>
    public IEnumerable<Read> ReadAll()
    {
        foreach (var read in qualities.Watch(reads))
        {
            if (Count++ % ReadsPerEstimate == 0)
                EstimatedTotal = fraction() is > 0 and var share ? (long)(Count / share) : null;
            yield return read;
        }
        EstimatedTotal = Count;
    }

    /// <summary>The reads from the files' beginning, each time they are enumerated; counts for nothing here but the note on their qualities, which comes once.</summary>
    /// <exception cref="InputException">As for <see cref="ReadAll"/>, or a file is gone.</exception>
    public IEnumerable<Read> ReadAnew()
    {
        using var again = Open(paths, interleaved);
        foreach (var read in qualities.Watch(again.reads))
            yield return read;
    }

    public void Dispose() => source.Dispose();
}
