using System.IO.Compression;
using System.Text;
using DnaBart.IO;

namespace DnaBart.Sequences;

/// <summary>Inflates gzip data of any number of members (RFC 1952; BGZF is such a file), and fails where they are cut short or
/// followed by other bytes.</summary>
/// <remarks><see cref="GZipStream"/> reads all members and checks their checksums, but takes truncated data, and garbage after a
/// member, for a normal end (as of .NET 10). So a sentinel member is chained behind the input: only if the input is whole, and
/// nothing follows it, does the sentinel's text come out last. It is given out only after everything before it was inflated,
/// because <see cref="GZipStream"/> asks for more input only when it has no more output.</remarks>
internal sealed class GzipReader : ReadOnlyStream
{
    private const int SentinelPart = 1;
    private static readonly byte[] SentinelText = Encoding.ASCII.GetBytes("the gzip data before this were whole");
    private static readonly byte[] SentinelMember = Compress(SentinelText);

    private readonly ChainedStream compressed;
    private readonly GZipStream inflated;
    private bool ended;

    /// <param name="source">The compressed bytes; disposed with this reader.</param>
    public GzipReader(Stream source)
    {
        compressed = new ChainedStream(source, new MemoryStream(SentinelMember));
        inflated = new GZipStream(compressed, CompressionMode.Decompress);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The data are damaged, end early, or are followed by bytes that are not gzip.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (ended || buffer.IsEmpty)
            return 0;
        int count;
        try
        {
            count = inflated.Read(buffer);
        }
        catch (InvalidDataException e) when (compressed.CurrentPart < SentinelPart)
        {
            throw new InvalidDataException("the gzip data are damaged (bad format or checksum); fetch the file again", e);
        }
        catch (InvalidDataException e)
        {
            throw EndsEarly(e);
        }
        if (count > 0 && compressed.CurrentPart < SentinelPart)
            return count;
        CheckSentinel(buffer[..count]);
        ended = true;
        return 0;
    }

    /// <summary>Reads on to the end, where nothing but the sentinel's text may come.</summary>
    /// <param name="first">What the inflater gave out since the input ended.</param>
    private void CheckSentinel(ReadOnlySpan<byte> first)
    {
        Span<byte> tail = stackalloc byte[SentinelText.Length + 1];
        var length = Math.Min(first.Length, tail.Length);
        first[..length].CopyTo(tail);
        try
        {
            while (length < tail.Length && inflated.Read(tail[length..]) is > 0 and var count)
                length += count;
        }
        catch (InvalidDataException e)
        {
            throw EndsEarly(e);
        }
        if (tail[..length].SequenceEqual(SentinelText))
            return;
        // Inside a member the inflater asks for input as long as there is some; after one it stops at the first strange byte.
        throw length == 0 && compressed.CurrentPart < SentinelPart
            ? new InvalidDataException("the gzip data are followed by bytes that are not gzip; fetch or compress the file again")
            : EndsEarly(null);
    }

    private static InvalidDataException EndsEarly(Exception? cause) =>
        new("the gzip data end early, the file is truncated; fetch it again", cause);

    private static byte[] Compress(byte[] text)
    {
        var member = new MemoryStream();
        using (var gzip = new GZipStream(member, CompressionLevel.Optimal))
            gzip.Write(text);
        return member.ToArray();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inflated.Dispose();
        base.Dispose(disposing);
    }
}
