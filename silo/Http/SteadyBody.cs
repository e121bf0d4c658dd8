using System.Buffers;
using System.IO.Pipelines;
using DnaBart.IO;
using Microsoft.AspNetCore.Http;

namespace DnaBart.Silo.Http;

/// <summary>A request's body that must keep coming, to be read by a thread that waits. Each minute that is waited for it must bring
/// <see cref="LeastRate"/>: the web server goes by the mean since the beginning, so that one that came fast may stall for hours. While nobody
/// reads, since the queue is full, no time counts.</summary>
/// <param name="body">The web server reads the rest of it when the request has ended: it can, where reads were ended as a pipe's are, by
/// <see cref="PipeReader.CancelPendingRead"/>. After one that a token broke off it fails, as of .NET 10.</param>
/// <param name="stop">Ends a read.</param>
internal sealed class SteadyBody(PipeReader body, TimeProvider time, CancellationToken stop) : ReadOnlyStream
{
    /// <summary>Bytes a second.</summary>
    public const int LeastRate = 4096;

    /// <summary>What must bring so much.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private TimeSpan waited;
    private long bytes;

    /// <exception cref="BadHttpRequestException">It stalls.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public override int Read(byte[] buffer, int offset, int count)
    {
        using var stopping = stop.Register(body.CancelPendingRead);
        var read = body.ReadAsync(CancellationToken.None).AsTask();
        while (true)
        {
            var began = time.GetTimestamp();
            Await(read.WaitAsync(Window - waited, time));
            int? done = read.IsCompleted ? Take(read.GetAwaiter().GetResult(), buffer.AsSpan(offset, count)) : null;
            bytes += done ?? 0;
            waited += time.GetElapsedTime(began);
            if (done is null || waited >= Window)
            {
                if (bytes < Window.TotalSeconds * LeastRate)
                {
                    if (done is null)
                        End(read);
                    throw new BadHttpRequestException($"the body came slower than {LeastRate / 1024} kB/s for a minute", StatusCodes.Status408RequestTimeout);
                }
                (waited, bytes) = (TimeSpan.Zero, 0);
            }
            if (done is not null)
                return done.Value;
        }
    }

    private int Take(ReadResult result, Span<byte> buffer)
    {
        var length = result.IsCanceled ? 0 : (int)Math.Min(result.Buffer.Length, buffer.Length);
        var part = result.Buffer.Slice(0, length);
        part.CopyTo(buffer);
        body.AdvanceTo(part.End);
        stop.ThrowIfCancellationRequested();
        return length;
    }

    private void End(Task<ReadResult> read)
    {
        body.CancelPendingRead();
        Await(read);
        if (read.IsCompletedSuccessfully)
            body.AdvanceTo(read.Result.Buffer.Start);
    }

    private static void Await(Task task) => task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
}
