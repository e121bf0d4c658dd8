using DnaBart.Spectrum;

namespace DnaBart.Core.Tests.Spectrum;

public class DepthClassesTests
{
    [Fact]
    public void Octaves_begin_at_powers_of_two()
    {
        Assert.Equal([0, 1, 2, 2, 3, 3, 4, 11], new[] { 0, 1, 2, 3, 4, 7, 8, KmerTable.HighestCount }.Select(DepthClasses.OctaveOf));
    }

    /// <summary>Reads of a sample by how many others lie over them (1, 2 to 3, 4 to 7, and so on), and the classes.</summary>
    [Theory]
    [InlineData(new long[] { 0, 0, 50, 900, 9000, 8000, 200, 10, 0, 0, 0, 0 }, new[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })] // even
    [InlineData(new long[] { 9000, 5000, 900, 100, 0, 0, 0, 0, 0, 0, 0, 0 }, new[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })] // shallow
    [InlineData(new long[] { 10, 100, 300, 500, 900, 900, 900, 900, 9000, 9000, 500, 500 }, new[] { 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3 })] // transcripts
    [InlineData(new long[] { 0, 0, 0, 200, 9000, 5000, 700, 600, 400, 200, 90, 0 }, new[] { 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1 })] // repeats: the deepest are too few
    [InlineData(new long[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, new[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    public void A_class_spans_three_octaves_with_reads_enough_and_shallow_reads_are_of_one(long[] reads, int[] expected)
    {
        var classes = DepthClasses.Of(reads, [.. reads.Select(_ => new long[KmerTable.HighestCount + 1])]);

        Assert.Equal(expected, Enumerable.Range(0, DepthClasses.Octaves).Select(classes.OfOctave));
        Assert.Equal(expected[^1] + 1, classes.Count);
    }

    [Fact]
    public void The_usual_count_is_the_median_of_a_class()
    {
        var counts = Enumerable.Range(0, DepthClasses.Octaves).Select(_ => new long[KmerTable.HighestCount + 1]).ToArray();
        (counts[4][9], counts[4][10], counts[5][17], counts[9][300]) = (10, 30, 20, 5);
        var classes = DepthClasses.Of([0, 0, 0, 0, 1000, 1000, 0, 0, 0, 1000, 0, 0], counts);

        Assert.Equal([10, 300], Enumerable.Range(0, classes.Count).Select(classes.UsualCount));
    }
}
