using System.Collections.Concurrent;

namespace DnaBart.IO;

/// <summary>A file that appears under its final name only when it is whole: bytes go to a temporary neighbour, which
/// <see cref="Commit"/> flushes to the disk and renames. Disposal without a commit removes the neighbour, and so does the end of
/// the process. A symbolic link stays, and what it leads to is replaced; a device or pipe is no file to be replaced, and is written as it is.</summary>
public sealed class AtomicFile : IDisposable
{
    // A process that is told to end cannot always unwind: a thread may be waiting on a pipe.
    private static readonly ConcurrentDictionary<string, bool> Unfinished = new();

    private readonly string finalPath;

    // The neighbour, as long as it is there; none where the path leads to a device or pipe.
    private string? temporaryPath;

    static AtomicFile() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var path in Unfinished.Keys)
            Remove(path);
    };

    /// <summary>Opens the temporary neighbour of <paramref name="path"/> for writing.</summary>
    /// <exception cref="InputException">The folder does not exist or cannot be written to.</exception>
    public AtomicFile(string path, int bufferSize = 1 << 16)
    {
        try
        {
            finalPath = Paths.Resolve(path);
            if (Paths.IsSpecial(path))
            {
                Stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize);
                return;
            }
            temporaryPath = $"{finalPath}.{Environment.ProcessId}.{Guid.NewGuid():N}.partial";
            Stream = new FileStream(temporaryPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize);
            Unfinished[temporaryPath] = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be written ({e.Message}); choose another output path", e);
        }
    }

    public FileStream Stream { get; }

    /// <summary>Makes the file whole, on the disk, but not yet visible: nothing may be written after.</summary>
    public void Complete()
    {
        if (!Stream.CanWrite)
            return;
        Stream.Flush(flushToDisk: temporaryPath is not null);
        Stream.Dispose();
    }

    /// <summary>Makes the file whole and visible: flush to disk, then rename over any earlier file of that name.</summary>
    public void Commit()
    {
        Complete();
        End(neighbour => File.Move(neighbour, finalPath, overwrite: true));
    }

    public void Dispose()
    {
        try
        {
            Stream.Dispose(); // flushes, and may find the disk full
        }
        finally
        {
            End(Remove);
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // It went with its folder.
        }
    }

    /// <summary>Has the neighbour, if there is one, renamed or removed.</summary>
    private void End(Action<string> how)
    {
        if (temporaryPath is not { } neighbour)
            return;
        how(neighbour);
        Unfinished.TryRemove(neighbour, out _);
        temporaryPath = null;
    }

    /// <summary>Writes a small text file whole or not at all.</summary>
    public static void WriteAllText(string path, string text)
    {
        using var file = OfText(path, text);
        file.Commit();
    }

    /// <summary>A small text file that only <see cref="Commit"/> is left to do for: no room on the disk is found out before.</summary>
    /// <exception cref="InputException">The folder does not exist or cannot be written to.</exception>
    public static AtomicFile OfText(string path, string text)
    {
        var file = new AtomicFile(path);
        try
        {
            using (var writer = new StreamWriter(file.Stream, leaveOpen: true))
                writer.Write(text);
            file.Complete();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
