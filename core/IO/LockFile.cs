namespace DnaBart.IO;

/// <summary>A file that one process at a time can hold open. The system frees it when its holder ends, however that ends; the file stays.</summary>
public static class LockFile
{
    /// <summary>Takes the lock; disposal of the file gives it back.</summary>
    /// <param name="path">The file; made if it is not there.</param>
    /// <param name="inUse">What to say where another process holds it.</param>
    /// <exception cref="InputException">Another process holds it, or it cannot be opened.</exception>
    public static FileStream Take(string path, string inUse)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{inUse} ({e.Message})", e);
        }
    }
}
