using DnaBart.IO;

namespace DnaBart.Client.Remote;

/// <summary>An answer that must keep coming, to be read as it comes: a network that is lost without a word would be waited for for ever.</summary>
/// <param name="stream">Disposed with this one.</param>
/// <param name="longestSilence">How long a read may take.</param>
internal sealed class SteadyStream(Stream stream, TimeSpan longestSilence, TimeProvider time) : ReadOnlyStream
{
    /// <exception cref="IOException">Nothing came for too long.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var limit = new CancellationTokenSource(longestSilence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await stream.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"nothing came for {longestSilence.TotalSeconds:F0} s", e);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            stream.Dispose();
        base.Dispose(disposing);
    }
}
