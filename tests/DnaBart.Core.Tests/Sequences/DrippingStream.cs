namespace DnaBart.Core.Tests.Sequences;

/// <summary>Gives out few bytes at a time, as a pipe does.</summary>
internal sealed class DrippingStream(byte[] data, int bytesPerRead) : MemoryStream(data)
{
    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, bytesPerRead)]);
}
