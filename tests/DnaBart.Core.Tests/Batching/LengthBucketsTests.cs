using DnaBart.Batching;
using FsCheck.Xunit;

namespace DnaBart.Core.Tests.Batching;

public sealed class LengthBucketsTests
{
    [Property]
    public bool EverySequenceIsInOneBatchWithinTheBudget(ushort[] raw, byte budget, byte rows)
    {
        var lengths = raw.Select(length => length % 300).ToArray();
        var (maxTokens, maxRows) = (budget * 4L, rows + 1);
        var buckets = LengthBuckets.Plan(lengths, maxTokens, maxRows);
        return buckets.Batches.SelectMany(batch => batch).Order().SequenceEqual(Enumerable.Range(0, lengths.Length))
            && buckets.Batches.All(batch => batch.Length <= maxRows)
            && buckets.Batches.All(batch => batch.Length == 1 || batch.Length * batch.Max(i => lengths[i]) <= maxTokens);
    }

    [Fact]
    public void LikeLengthsLeaveLittlePadding()
    {
        var random = new Random(1);
        var lengths = Enumerable.Range(0, 4096).Select(_ => 28 + random.Next(12)).ToArray();
        Assert.InRange(PaddingShare(LengthBuckets.Plan(lengths, 4096, int.MaxValue), lengths), 0, 0.02);
        // For comparison: in the order of arrival, every batch is as wide as its longest read.
        var unsorted = lengths.Chunk(128).Sum(batch => batch.Length * batch.Max());
        Assert.True(1 - (lengths.Sum() / (double)unsorted) > 0.1);
    }

    [Property]
    public bool PairsStayWithinTheBudgetOfBothSides(ushort[] raw, byte budget)
    {
        var sources = raw.Select(length => length % 100).ToArray();
        var targets = raw.Select(length => length / 256).ToArray();
        var buckets = LengthBuckets.Plan(sources, targets, budget * 8L, 16);
        long Cells(int[] batch) => batch.Length * ((long)batch.Max(i => sources[i]) + batch.Max(i => targets[i]));
        return buckets.Batches.SelectMany(batch => batch).Order().SequenceEqual(Enumerable.Range(0, raw.Length))
            && buckets.Batches.All(batch => batch.Length == 1 || (batch.Length <= 16 && Cells(batch) <= budget * 8L));
    }

    [Fact]
    public void PairsOfLikeLengthsLeaveLittlePaddingOnEitherSide()
    {
        var random = new Random(1);
        var sources = Enumerable.Range(0, 16384).Select(_ => 32 + random.Next(10)).ToArray();
        var targets = Enumerable.Range(0, 16384).Select(_ => 28 + random.Next(10)).ToArray();
        var buckets = LengthBuckets.Plan(sources, targets, long.MaxValue, 128);
        Assert.InRange(PaddingShare(buckets, sources), 0, 0.02);
        Assert.InRange(PaddingShare(buckets, targets), 0, 0.02);
    }

    [Fact]
    public void FullBatchesOfAFixedNumberOfRows()
    {
        var lengths = Enumerable.Range(0, 1024).Select(i => 30 + (i % 7)).ToArray();
        Assert.All(LengthBuckets.Plan(lengths, long.MaxValue, 128).Batches, batch => Assert.Equal(128, batch.Length));
    }

    [Fact]
    public void ShufflingKeepsTheBatchesAndDependsOnTheSeed()
    {
        var buckets = LengthBuckets.Plan(Enumerable.Range(1, 200).ToArray(), 500, int.MaxValue);
        var shuffled = buckets.Shuffled(seed: 3, index: 0).ToList();
        Assert.Equal(buckets.Batches.OrderBy(batch => batch[0]), shuffled.OrderBy(batch => batch[0]));
        Assert.Equal(shuffled, buckets.Shuffled(3, 0));
        Assert.NotEqual(shuffled, buckets.Shuffled(3, 1));
        Assert.NotEqual(shuffled, buckets.Shuffled(4, 0));
        Assert.Empty(LengthBuckets.Plan([], 10, 1).Shuffled(1, 1));
    }

    /// <summary>Share of the batches' cells (rows times longest row) that hold no token.</summary>
    private static double PaddingShare(LengthBuckets buckets, int[] lengths) =>
        1 - (lengths.Sum() / (double)buckets.Batches.Sum(batch => batch.Length * batch.Max(i => lengths[i])));
}
