using DnaBart.Checkpoints;
using DnaBart.IO;
using DnaBart.Metrics;
using DnaBart.Noise;
using DnaBart.Pretraining;
using DnaBart.Tokenization;

namespace DnaBart.Core.Tests.Pretraining;

public sealed class DenoisingStreamTests
{
    private static readonly byte[] Genome = Recipes.Genome(20_000, seed: 3);
    private static readonly BpeTokenizer Tokenizer = BpeTrainer.Train([Genome], 64);

    private static DenoisingStream Stream(PretrainingRecipe recipe, int maxTokens = 512)
    {
        var windows = new GenomeWindows([Genome], recipe.Data, recipe.Seed);
        return new DenoisingStream(
            recipe, BartConfig.Tiny(64), new DenoisingExamples(windows, Tokenizer, recipe.Data, maxTokens), windows.Bases);
    }

    private static string Print(DenoisingBatch batch) =>
        $"{batch.Rows} {string.Join(' ', batch.InputIds)} | {string.Join(' ', batch.Labels)} | {string.Join(' ', batch.DecoderInputIds)}";

    [Theory]
    [InlineData("""{"rows": 16}""")]
    [InlineData("""{"tokens": 900}""")]
    public void GoesOnFromAnyPlaceAsTheUnbrokenRunDid(string batch)
    {
        var recipe = Recipes.Small(batch: batch);
        var whole = Stream(recipe).From(default).Select(item => (Text: Print(item.Batch), item.Next)).ToList();
        for (var k = 0; k < whole.Count; k += 11)
        {
            var rest = Stream(recipe).From(whole[k].Next).Select(item => (Print(item.Batch), item.Next));
            Assert.Equal(whole[(k + 1)..], rest);
        }
        Assert.Equal(1000, whole[^1].Next.Examples);
    }

    [Fact]
    public void MoreExamplesThanCanBeCountedAreRefused()
    {
        var recipe = Recipes.Small();
        var endless = recipe with { Data = recipe.Data with { Windows = long.MaxValue / 5, Epochs = 10 } };
        Assert.Contains("windows or fewer in all expected", Assert.Throws<InputException>(() => Stream(endless)).Message);
    }

    [Fact]
    public void EpochsSeeTheSameWindowsInAnotherOrderUnderNewDamage()
    {
        var recipe = Recipes.Small();
        var rows = Stream(recipe).From(default).SelectMany(item => Enumerable.Range(0, item.Batch.Rows).Select(row => (
            Source: string.Join(' ', item.Batch.InputIds.Skip(row * item.Batch.SourceLength).Take(item.Batch.SourceLength).Where(id => id != 1)),
            Target: string.Join(' ', item.Batch.Labels.Skip(row * item.Batch.TargetLength).Take(item.Batch.TargetLength).Where(id => id >= 0))))).ToList();
        Assert.Equal(1000, rows.Count);
        var targets = rows.GroupBy(row => row.Target).ToList();
        // A window that was drawn twice comes four times.
        Assert.InRange(targets.Count, 480, 500);
        Assert.All(targets, target => Assert.Equal(0, target.Count() % 2));
        Assert.True(targets.Count(target => target.Select(row => row.Source).Distinct().Count() == 2) > 300);
    }

    [Fact]
    public void BatchesHoldWhatTheNetworkTakes()
    {
        var batch = new DenoisingBatch([new([0, 7, 8, 2], [7, 2]), new([0, 9, 2], [9, 9, 2])], padding: 1, start: 2);
        Assert.Equal((2, 4, 3), (batch.Rows, batch.SourceLength, batch.TargetLength));
        Assert.Equal([0, 7, 8, 2, 0, 9, 2, 1], batch.InputIds);
        Assert.Equal([7, 2, TokenMetrics.IgnoredLabel, 9, 9, 2], batch.Labels);
        Assert.Equal([2, 7, 1, 2, 9, 9], batch.DecoderInputIds);
        Assert.Equal((7, 5), (batch.SourceTokens, batch.TargetTokens));
    }

    [Fact]
    public void CoverageSaysHowManyWindowsAnEpochHas()
    {
        var recipe = Recipes.Small(data: """{"minWindowBases": 40, "windowBases": 60, "coverage": 2, "epochs": 3, "bothStrands": false}""");
        Assert.Equal(3 * 2 * 20_000 / 50, Stream(recipe).TotalExamples);
    }

    [Fact]
    public void WindowsTooLongForTheModelAreHalved()
    {
        var recipe = Recipes.Small();
        var windows = new GenomeWindows([Genome], recipe.Data, recipe.Seed);
        var example = new DenoisingExamples(windows, Tokenizer, recipe.Data, maxTokens: 12).Draw(
            new CounterRandom(1, 1, 1), new UniformCorruption(), new CounterRandom(1, 2, 1));
        Assert.True(example.Source.Length <= 12);
        Assert.Equal(Tokenizer.Decode(example.Source), Tokenizer.Decode(example.Target));
        Assert.InRange(Tokenizer.Decode(example.Target).Length, 15, 30);
    }

    [Fact]
    public void WindowsThatMostlyDoNotFitAreRefused()
    {
        var recipe = Recipes.Small();
        var windows = new GenomeWindows([Genome], recipe.Data, recipe.Seed);
        Examples(maxTokens: 80).RequireRoom(recipe.Corruption, recipe.Seed);
        var message = Assert.Throws<InputException>(() => Examples(maxTokens: 12).RequireRoom(recipe.Corruption, recipe.Seed)).Message;
        Assert.Matches("100 ?% of the windows, clean or damaged, take more tokens than the model's 12 positions; choose windowBases below 60, more positions", message);

        DenoisingExamples Examples(int maxTokens) => new(windows, Tokenizer, recipe.Data, maxTokens);
    }
}
