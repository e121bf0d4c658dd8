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
    public void EveryNthReadIsKeptWithinBothLimits(int count, int length)
    {
        const int most = 100, mostBases = 100_000;
        var sample = new ReadSample(most, mostBases);
        byte[] letters = [.. Enumerable.Repeat((byte)'A', length)];
        var reads = Enumerable.Range(0, count).Select(number => new Read($"{number}", letters, letters));

        Assert.Equal(count, sample.Watch(reads).Count());

        var kept = sample.Reads.Select(read => int.Parse(read.Name)).ToList();
        var fitting = Math.Min(most, mostBases / length);
        Assert.InRange(kept.Count, Math.Max(1, Math.Min(count, fitting / 2)), Math.Max(1, Math.Min(count, fitting)));
        var stride = kept.Count > 1 ? kept[1] : 1;
        Assert.Equal(Enumerable.Range(0, kept.Count).Select(i => i * stride), kept);
    }
}
