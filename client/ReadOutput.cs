using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Client;

/// <summary>One file of reads, or two that get them in turn. All appear under their names on <see cref="Commit"/> only.</summary>
internal sealed class ReadOutput : IDisposable
{
    private readonly List<ReadWriter> writers = [];
    private long count;

    /// <exception cref="InputException">A file cannot be made.</exception>
    public ReadOutput(IReadOnlyList<string> paths, int compressionThreads, ReadFormat format)
    {
        try
        {
            foreach (var path in paths)
                writers.Add(new ReadWriter(path, compressionThreads, format));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Write(Read read) => writers[(int)(count++ % writers.Count)].Write(read);

    public void Commit() => ReadWriter.Commit(writers);

    public void Dispose() => writers.ForEach(writer => writer.Dispose());
}
