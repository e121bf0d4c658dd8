using DnaBart.IO;

namespace DnaBart.Sequences;

/// <summary>Reads its parts one after the other, as one stream. A read never spans two parts.</summary>
internal sealed class ChainedStream(params Stream[] parts) : ReadOnlyStream
{
    /// <summary>The index of the part that the last bytes came from; the number of parts once the end was reported.</summary>
    public int CurrentPart { get; private set; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (CurrentPart < parts.Length)
        {
            var count = parts[CurrentPart].Read(buffer);
            if (count > 0 || buffer.IsEmpty)
                return count;
            CurrentPart++;
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            foreach (var part in parts)
                part.Dispose();
        base.Dispose(disposing);
    }
}
