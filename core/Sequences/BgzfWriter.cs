using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using DnaBart.IO;

namespace DnaBart.Sequences;

/// <summary>Writes BGZF: gzip members of at most 64 KiB that can be inflated one by one (SAM specification, section 4.1), compressed
/// on several threads. Block borders depend on the bytes alone, so the output does not depend on the number of threads.</summary>
/// <remarks>Only <see cref="Complete"/> makes the data whole; disposal alone leaves them without their end.</remarks>
internal sealed class BgzfWriter(Stream output, int threads) : WriteOnlyStream
{
    // What htslib puts into a block: even incompressible data then fit in 64 KiB with their header and trailer.
    private const int BlockLength = 0xff00;
    private const int HeaderLength = 18;
    private const int GzipHeaderLength = 10;

    /// <summary>An empty block; readers take its absence at the end of a file for truncation.</summary>
    private static readonly byte[] EndOfFile = Convert.FromHexString("1F8B08040000000000FF0600424302001B0003000000000000000000");

    private readonly Queue<Task<byte[]>> compressing = new();
    private byte[] block = ArrayPool<byte>.Shared.Rent(BlockLength);
    private int filled;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var count = Math.Min(buffer.Length, BlockLength - filled);
            buffer[..count].CopyTo(block.AsSpan(filled));
            filled += count;
            buffer = buffer[count..];
            if (filled == BlockLength)
                EndBlock();
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    /// <summary>Compresses what is left and writes the end-of-file block.</summary>
    public void Complete()
    {
        if (filled > 0)
            EndBlock();
        while (compressing.Count > 0)
            WriteOldest();
        output.Write(EndOfFile);
    }

    private void EndBlock()
    {
        if (compressing.Count == threads)
            WriteOldest();
        var (full, length) = (block, filled);
        compressing.Enqueue(Task.Run(() =>
        {
            var member = Compress(full, length);
            ArrayPool<byte>.Shared.Return(full);
            return member;
        }));
        (block, filled) = (ArrayPool<byte>.Shared.Rent(BlockLength), 0);
    }

    private void WriteOldest() => output.Write(compressing.Dequeue().GetAwaiter().GetResult());

    private static byte[] Compress(byte[] data, int length)
    {
        var member = Compress(data, length, CompressionLevel.Optimal);
        if (member.Length > ushort.MaxValue + 1)
            member = Compress(data, length, CompressionLevel.NoCompression);
        BinaryPrimitives.WriteUInt16LittleEndian(member.AsSpan(HeaderLength - 2), checked((ushort)(member.Length - 1)));
        return member;
    }

    private static byte[] Compress(byte[] data, int length, CompressionLevel level)
    {
        // A BGZF header is a gzip header with an extra field. GZipStream writes the plain header, the deflated data and the
        // trailer; it begins so far into the block that our header then fits over its own.
        using var member = new MemoryStream(BlockLength);
        member.Position = HeaderLength - GzipHeaderLength;
        using (var gzip = new GZipStream(member, level, leaveOpen: true))
            gzip.Write(data, 0, length);
        member.Position = 0;
        // Magic, deflate, FEXTRA; no time, flags or system; 6 bytes extra: 'B', 'C', 2 bytes, the block's size less one.
        member.Write([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, (byte)'B', (byte)'C', 2, 0, 0, 0]);
        return member.ToArray();
    }
}
