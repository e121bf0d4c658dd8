using DnaBart.Sequences;
using DnaBart.Spectrum;

namespace DnaBart.Core.Tests.Spectrum;

public class ReadSampleTests
{
    [Theory]
    [InlineData(99, 10)]
    [InlineData(100_000, 10)]
    [InlineData(5_000, 7_000)]
    [InlineData(3, 2_000_000)]
    public void ReadsFromAllOverAreKeptWithinBothLimits(int count, int length)
    {
        const int most = 100, mostBases = 100_000;
        var sample = new ReadSample(most, mostBases);
        byte[] letters = [.. Enumerable.Repeat((byte)'A', length)];
        var reads = Enumerable.Range(0, count).Select(number => new Read($"{number}", letters, letters));

        Assert.Equal(count, sample.Watch(reads).Count());

        var kept = sample.Reads.Select(read => int.Parse(read.Name)).ToList();
        var fitting = Math.Min(count, Math.Min(most, mostBases / length));
        Assert.InRange(kept.Count, Math.Max(1, (fitting / 2) - 1), Math.Max(1, fitting));
        Assert.Equal(kept.Order(), kept);
        var widest = kept.Skip(1).Append(count).Zip(kept, (after, before) => after - before).Max();
        Assert.InRange(widest, 1, 3 * Math.Max(1, count / kept.Count));
    }

    [Fact]
    public void Of_pairs_both_mates_are_kept()
    {
        var sample = new ReadSample(most: 100, mostBases: long.MaxValue);
        Assert.Equal(20_000, sample.Watch(Enumerable.Range(0, 20_000).Select(number => new Read($"{number % 2}", [], []))).Count());

        Assert.InRange(sample.Reads.Count(read => read.Name == "1"), 0.4 * sample.Reads.Count, 0.6 * sample.Reads.Count);
    }
}
