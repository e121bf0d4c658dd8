using DnaBart.IO;
using Microsoft.AspNetCore.Http;

namespace DnaBart.Silo.Http;

/// <summary>A request's body that must keep coming, to be read by a thread that waits. Each minute that is waited for it must bring
/// <see cref="LeastRate"/>: the web server goes by the mean since the beginning, so that one that came fast may stall for hours. While nobody
/// reads, since the queue is full, no time counts.</summary>
/// <param name="stop">Ends a read.</param>
internal sealed class SteadyBody(Stream body, TimeProvider time, CancellationToken stop) : ReadOnlyStream
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
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // One read, however many windows it takes: the web server fails the next one where a read was broken off.
        var read = body.ReadAsync(buffer.AsMemory(offset, count), end.Token).AsTask();
        while (true)
        {
            var began = time.GetTimestamp();
            Await(read.WaitAsync(Window - waited, time));
            int? done = read.IsCompleted ? read.GetAwaiter().GetResult() : null;
            bytes += done ?? 0;
            waited += time.GetElapsedTime(began);
            if (done is null || waited >= Window)
            {
                if (bytes < Window.TotalSeconds * LeastRate)
                {
                    end.Cancel();
                    Await(read);
                    throw new BadHttpRequestException($"the body came slower than {LeastRate / 1024} kB/s for a minute", StatusCodes.Status408RequestTimeout);
                }
                (waited, bytes) = (TimeSpan.Zero, 0);
            }
            if (done is not null)
                return done.Value;
        }
    }

    private static void Await(Task task) => task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
}
