using DnaBart.Batching;
using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Batching;

public class ReadChunksTests
{
    [Fact]
    public void Of_short_reads_there_are_as_many_as_asked_for_of_long_ones_as_fill_some_million_bases_mates_together()
    {
        Assert.Equal([4, 4, 2], Counts(Enumerable.Repeat(150, 10), 4));
        Assert.Equal([4, 4, 1], Counts(Enumerable.Repeat(1_000_000, 9), 2048));
        Assert.Equal([2, 2, 1], Counts(Enumerable.Repeat(5_000_000, 5), 2048));
        Assert.Empty(Counts([], 4));
    }

    private static IEnumerable<int> Counts(IEnumerable<int> lengths, int mostReads) =>
        ReadChunks.Of(lengths.Select(length => new Read("r", new byte[length], [])), mostReads).Select(chunk => chunk.Length);
}
