using DnaBart.Pretraining;

namespace DnaBart.Core.Tests.Pretraining;

public sealed class TokenizerSampleTests
{
    private static readonly byte[] Long = Recipes.Genome(1_000_500, seed: 4);
    private static readonly byte[] Short = Recipes.Genome(700, seed: 5);

    private static PretrainingRecipe.DataPart Data(double holdOut) => new(40, 40, 1, 0, 1, BothStrands: true, holdOut);

    [Fact]
    public void ASmallGenomeIsTakenAsItIs()
    {
        var sample = TokenizerSample.Of([Long, [], Short], Data(holdOut: 0), seed: 5);
        Assert.Equal([Long, Short], sample.Select(sequence => sequence.ToArray()));
    }

    [Fact]
    public void WhatIsHeldOutIsLeftOut()
    {
        var data = Data(holdOut: 0.25);
        var sample = TokenizerSample.Of([Long, Short], data, seed: 5);
        Assert.Equal(new GenomeWindows([Long, Short], data, seed: 5).Bases, sample.Sum(sequence => sequence.Length));
        var heldOut = GenomeBlock.Of([Long, Short], data.HoldOut, seed: 5, heldOut: true).Where(block => block.Sequence == 0).ToList();
        Assert.NotEmpty(heldOut);
        // The first bases of a block are unique in a random genome.
        Assert.All(heldOut, block => Assert.All(sample, sequence => Assert.True(sequence.Span.IndexOf(Long.AsSpan(block.Start, 40)) < 0)));
    }

    [Fact]
    public void OfALargeGenomeBlocksAreTakenAllOverIt()
    {
        var sample = TokenizerSample.Of([Long], Data(holdOut: 0.1), seed: 5, mostBases: 400_000);
        Assert.InRange(sample.Sum(sequence => sequence.Length), 300_000, 500_000);
        var starts = sample.Select(sequence => Long.AsSpan().IndexOf(sequence.Span)).ToList();
        Assert.Equal(starts.Order(), starts);
        Assert.All(Enumerable.Range(0, 4), quarter => Assert.Contains(starts, start => start / 250_000 == quarter));
    }
}
