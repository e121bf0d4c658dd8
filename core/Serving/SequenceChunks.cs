namespace DnaBart.Serving;

/// <summary>Cuts sequences into the parts that a model is asked for one after the other.</summary>
public static class SequenceChunks
{
    /// <summary>Sequences of a chunk: enough to fill a CPU's batch. A local run on a CPU cuts reads by it, too: the same batches give the same bits.</summary>
    public const int ChunkItems = 256;

    /// <summary>Size of a chunk, where sequences are long; those of short reads are cut by number alone.</summary>
    private const int ChunkSize = 1 << 17;

    /// <summary>The sequences in order, each chunk as soon as it is full.</summary>
    /// <param name="size">Letters of a sequence.</param>
    /// <param name="longest">Letters of a chunk of several sequences, at most; one sequence is a chunk whatever its size.</param>
    public static IEnumerable<T[]> InChunks<T>(this IEnumerable<T> items, Func<T, int> size, int longest)
    {
        var chunk = new List<T>();
        var total = 0;
        foreach (var item in items)
        {
            if (chunk.Count > 0 && total + size(item) > longest)
                yield return Taken();
            chunk.Add(item);
            total += size(item);
            // At once: the next item may be long in coming.
            if (chunk.Count >= ChunkItems || total >= ChunkSize)
                yield return Taken();
        }
        if (chunk.Count > 0)
            yield return Taken();

        T[] Taken()
        {
            var taken = chunk.ToArray();
            chunk.Clear();
            total = 0;
            return taken;
        }
    }
}
