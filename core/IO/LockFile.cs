using System.Diagnostics;

namespace DnaBart.IO;

/// <summary>A file that one process at a time can hold open. The system frees it when its holder ends, however that ends; the file stays.</summary>
public static class LockFile
{
    // What flock(2) fails with on Linux where another process holds the file.
    private const int WouldBlock = 11;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Takes the lock; disposal of the file gives it back.</summary>
    /// <param name="path">The file; made if it is not there.</param>
    /// <param name="inUse">What to say where another process holds it.</param>
    /// <param name="patience">How long to wait for another process to give it back.</param>
    /// <exception cref="InputException">Another process holds it, or it cannot be opened.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled while another process held it.</exception>
    public static FileStream Take(string path, string inUse, TimeSpan patience = default, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e.HResult == WouldBlock && clock.Elapsed < patience)
            {
                cancellation.WaitHandle.WaitOne(Interval);
                cancellation.ThrowIfCancellationRequested();
            }
            catch (IOException e) when (e.HResult == WouldBlock)
            {
                throw new InputException($"{inUse} ({e.Message})", e);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new InputException($"{path}: cannot be written ({e.Message.TrimEnd('.')}); choose another folder", e);
            }
        }
    }
}
