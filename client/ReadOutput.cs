using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Client;

/// <summary>One FASTQ file, or two that get the reads in turn. All appear under their names on <see cref="Commit"/> only.</summary>
internal sealed class ReadOutput : IDisposable
{
    private readonly List<FastqWriter> writers = [];
    private long count;

    /// <exception cref="InputException">A file cannot be made.</exception>
    public ReadOutput(IReadOnlyList<string> paths, int compressionThreads)
    {
        try
        {
            foreach (var path in paths)
                writers.Add(new FastqWriter(path, compressionThreads));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Write(Read read) => writers[(int)(count++ % writers.Count)].Write(read);

    public void Commit() => FastqWriter.Commit(writers);

    public void Dispose() => writers.ForEach(writer => writer.Dispose());
}
