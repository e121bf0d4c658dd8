using DnaBart.IO;

namespace DnaBart.Sequences;

/// <summary>A window that slides over a file, gzip file or standard input. It grows to hold what its user leaves unread (a
/// record longer than the block), so every record lies in one piece of memory.</summary>
internal sealed class InputBlock : IDisposable
{
    // Small enough for a core's L2 cache, so that a block is still there when its lines are looked at.
    private const int InitialCapacity = 1 << 18;

    private readonly Stream source;
    private readonly Stream file;
    private byte[] buffer = new byte[InitialCapacity];
    private int start;
    private int end;

    private InputBlock(string path, Stream file, Stream source, int longest) =>
        (Path, this.file, this.source, Longest) = (path, file, source, longest);

    /// <summary>The path as the user gave it; <c>-</c> is standard input.</summary>
    public string Path { get; }

    /// <summary>The bytes that one record may have.</summary>
    public int Longest { get; }

    /// <summary>The bytes read and not yet passed by <see cref="Advance"/>; valid until the next <see cref="Refill"/>.</summary>
    public ReadOnlySpan<byte> Unread => buffer.AsSpan(start, end - start);

    /// <summary>How much of a file has been read, 0 to 1; null for a source whose length is not known.</summary>
    public double? Fraction => file is { CanSeek: true, Length: > 0 } ? (double)file.Position / file.Length : null;

    /// <summary>Whether <see cref="Unread"/> reaches to the end of the source.</summary>
    public bool Ended { get; private set; }

    /// <summary>The next byte, which stays unread; null at the end of the source.</summary>
    public byte? Peek()
    {
        while (Unread.IsEmpty && Refill(1))
        {
        }
        return Unread.IsEmpty ? null : Unread[0];
    }

    /// <summary>Opens a file, or standard input for <c>-</c>.</summary>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    public static InputBlock Open(string path)
    {
        try
        {
            return Open(path == "-"
                ? Console.OpenStandardInput()
                : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw InputException.Unreadable(path, e);
        }
    }

    /// <summary>Reads a stream, plain or gzip: gzip is known by its two magic bytes, whatever the name.</summary>
    /// <param name="longest">The bytes that one record may have; less than the first block does not count.</param>
    /// <exception cref="InputException">The name says gzip, but there is not even a gzip header.</exception>
    public static InputBlock Open(Stream source, string name, int longest = int.MaxValue)
    {
        var magic = new byte[2];
        var length = source.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        if (length < magic.Length && name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"{name}: holds {length} bytes, too few for gzip data; the file is truncated, fetch it again");
        var whole = new ChainedStream(new MemoryStream(magic, 0, length), source);
        return new InputBlock(name, source, length == 2 && magic is [0x1f, 0x8b] ? new GzipReader(whole) : whole, Math.Min(longest, Array.MaxLength));
    }

    public void Advance(int count) => start += count;

    /// <summary>Reads more bytes behind those unread.</summary>
    /// <param name="line">The number of the line that <see cref="Unread"/> begins with, for messages.</param>
    /// <returns>False at the end of the source.</returns>
    /// <exception cref="InputException">The source cannot be read on, its gzip data are damaged, or a record is too long.</exception>
    public bool Refill(long line)
    {
        if (Ended)
            return false;
        if (start > 0)
        {
            Unread.CopyTo(buffer);
            (start, end) = (0, end - start);
        }
        if (end == buffer.Length)
        {
            if (end >= Longest)
                throw new RecordTooLongException(Path, line, $"a record of more than {Longest:N0} bytes; is this a FASTA or FASTQ file? If so, split the sequence");
            Array.Resize(ref buffer, (int)Math.Min(2L * end, Math.Max(Longest, InitialCapacity)));
        }
        int count;
        try
        {
            count = source.Read(buffer.AsSpan(end));
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new InputException(InputException.At(Path, line + Unread.Count((byte)'\n'), e.Message).Message, e);
        }
        end += count;
        Ended = count == 0;
        return !Ended;
    }

    /// <summary>Reads on until a line end has come: a long line is then looked through once, not anew with every few kilobytes of it.</summary>
    /// <returns>False at the end of the source.</returns>
    /// <inheritdoc cref="Refill"/>
    public bool RefillToLineEnd(long line)
    {
        while (true)
        {
            var known = Unread.Length;
            if (!Refill(line))
                return false;
            if (Unread[known..].Contains((byte)'\n'))
                return true;
        }
    }

    public void Dispose() => source.Dispose();
}
