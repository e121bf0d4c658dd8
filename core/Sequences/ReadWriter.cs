using System.Text;
using DnaBart.IO;

namespace DnaBart.Sequences;

/// <summary>Writes reads to a file or standard output: FASTQ of four lines a read, or FASTA of two, without qualities. A file appears under its name only on <see cref="Commit"/>;
/// a name that ends in <c>.gz</c> is written as BGZF, which every gzip reader reads.</summary>
public sealed class ReadWriter : IDisposable
{
    private const int BufferSize = 1 << 16;

    private readonly AtomicFile? file;
    private readonly BgzfWriter? compressor;
    private readonly Stream output;
    private readonly ReadFormat format;
    private bool isComplete;

    /// <param name="path">The file, or <c>-</c> for (uncompressed) standard output.</param>
    /// <param name="compressionThreads">How many blocks are compressed at once; 0 is one a processor. The bytes written are the same
    /// for any number.</param>
    /// <exception cref="InputException">The file cannot be made.</exception>
    public ReadWriter(string path, int compressionThreads = 0, ReadFormat format = ReadFormat.Fastq)
    {
        this.format = format;
        ArgumentOutOfRangeException.ThrowIfNegative(compressionThreads);
        file = path == "-" ? null : new AtomicFile(path, BufferSize);
        output = file?.Stream ?? (Stream)new BufferedStream(StandardOutput.Open(), BufferSize);
        if (file is not null && path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            output = compressor = new BgzfWriter(output, compressionThreads > 0 ? compressionThreads : Environment.ProcessorCount);
    }

    /// <summary>Writes FASTQ, uncompressed, to a stream, which stays open.</summary>
    public ReadWriter(Stream output) => this.output = output;

    /// <summary>Writes a record.</summary>
    /// <param name="name">The header line without its first letter; holds no line end.</param>
    /// <param name="bases">The bases, as they shall appear.</param>
    /// <param name="quality">Phred+33 letters, one a base.</param>
    /// <exception cref="ArgumentException">The lengths differ, so the file would be malformed.</exception>
    public void Write(ReadOnlySpan<byte> name, ReadOnlySpan<byte> bases, ReadOnlySpan<byte> quality)
    {
        if (bases.Length != quality.Length)
            throw new ArgumentException($"{quality.Length} quality letters for {bases.Length} bases", nameof(quality));
        output.WriteByte((byte)(format == ReadFormat.Fastq ? '@' : '>'));
        output.Write(name);
        output.WriteByte((byte)'\n');
        output.Write(bases);
        if (format == ReadFormat.Fastq)
        {
            output.Write("\n+\n"u8);
            output.Write(quality);
        }
        output.WriteByte((byte)'\n');
    }

    /// <inheritdoc cref="Write(ReadOnlySpan{byte}, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public void Write(Read read) => Write(Encoding.Latin1.GetBytes(read.Name), read.Bases, read.Quality);

    /// <summary>Ends the output: nothing may be written after. A file is whole then, on the disk, and has its name only on <see cref="Commit"/>.</summary>
    public void Complete()
    {
        if (isComplete)
            return;
        compressor?.Complete();
        output.Flush();
        file?.Complete();
        isComplete = true;
    }

    /// <summary>Ends the output, and gives a file its name.</summary>
    public void Commit()
    {
        Complete();
        file?.Commit();
    }

    /// <summary>Ends several outputs, and names their files only when all of them are whole.</summary>
    public static void Commit(IReadOnlyCollection<ReadWriter> writers)
    {
        foreach (var writer in writers)
            writer.Complete();
        foreach (var writer in writers)
            writer.Commit();
    }

    /// <summary>Without a commit before, removes the file that was begun; no earlier file of its name is touched.</summary>
    public void Dispose() => file?.Dispose();
}
