using DnaBart.Serving;

namespace DnaBart.Core.Tests.Serving;

public class SequenceChunksTests
{
    private const int Longest = 1 << 20;

    private static int[][] Chunks(IEnumerable<int> sizes) => [.. sizes.InChunks(size => size, Longest)];

    [Fact]
    public void Short_reads_are_cut_by_number()
    {
        Assert.Equal([256, 256, 88], Chunks(Enumerable.Repeat(250, 600)).Select(chunk => chunk.Length));
        Assert.Empty(Chunks([]));
    }

    [Fact]
    public void Long_reads_are_cut_by_their_bases_before_a_chunk_is_too_large_for_a_request()
    {
        int[] sizes = [.. Enumerable.Repeat(10_000, 300), 100, Longest, 100, Longest - 50, 7];
        var chunks = Chunks(sizes);
        Assert.Equal(sizes, chunks.SelectMany(chunk => chunk));
        Assert.All(chunks, chunk => Assert.InRange(chunk.Sum(), 1, Longest));
    }
}
