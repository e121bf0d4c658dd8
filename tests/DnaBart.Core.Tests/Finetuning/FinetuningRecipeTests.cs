using System.Text;
using DnaBart.Finetuning;
using DnaBart.Fixtures;
using DnaBart.Gue;
using DnaBart.IO;
using DnaBart.Tokenization;
using DnaBart.Training;

namespace DnaBart.Core.Tests.Finetuning;

public sealed class FinetuningRecipeTests
{
    private static string PathOf(string name) => Path.Combine(SharedData.Root, "recipes", name);

    public static TheoryData<string> Names => new(Directory.GetFiles(PathOf(""), "finetune-*.json").Select(path => Path.GetFileName(path)));

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryRecipeParses(string name) => Assert.NotEmpty(FinetuningRecipe.Load(PathOf(name)).Description);

    /// <summary>IV-C of the paper: 8 epochs, AdamW at 2e-5, linear schedule, head with dropout 0.3.</summary>
    [Fact]
    public void ThePapersRecipeIsTheDefault()
    {
        var recipe = FinetuningRecipe.Paper;
        Assert.Equal(File.ReadAllText(PathOf("finetune-paper.json")), recipe.Json);
        Assert.Equal((8, 2e-5, LearningRateSchedule.Linear, 0.3), (recipe.Epochs, recipe.Optimizer.LearningRate, recipe.Optimizer.Schedule, recipe.HeadDropout));
    }

    [Theory]
    [InlineData("EMP/H3", 3)]
    [InlineData("prom/prom_core_tata", 10)]
    [InlineData("prom/prom_core_all", 4)]
    [InlineData("tf/4", 3)]
    [InlineData("mouse/0", 5)]
    [InlineData("virus/covid", 8)]
    public void DnaBert2sEpochsGoByTask(string task, int epochs) =>
        Assert.Equal(epochs, FinetuningRecipe.Load(PathOf("finetune-dnabert2.json")).EpochsOf(task));

    [Theory]
    [InlineData("""{"task": "ft", "epochs": 2}""", "[0].task: EMP, prom, tf, mouse, splice, virus or a dataset of theirs as `dnabart gue list` prints it expected, found \"ft\"")]
    [InlineData("""{"task": "prom/prom_core", "epochs": 2}""", "[0].task: EMP")]
    [InlineData("""{"task": "tf", "epochs": 2}, {"task": "tf/1", "epochs": 2}""", "[1].task: \"tf/1\" is in the entries before it; move it before them, or delete it")]
    public void EpochsThatWouldCountForNoTaskAreRefused(string entries, string expected)
    {
        var json = $$"""{"description": "test", "epochs": 3, "epochsByTask": [{{entries}}], "batch": {"rows": 16}, "optimizer": {"learningRate": 1e-3} }""";
        Assert.StartsWith($"r.json: epochsByTask{expected}", Assert.Throws<InputException>(() => FinetuningRecipe.Parse(json, "r.json")).Message);
    }

    [Fact]
    public void AnUnknownPoolingIsNamedWithWhatIsAllowed()
    {
        var e = Assert.Throws<InputException>(() => FinetuningRecipe.Parse(File.ReadAllText(PathOf("finetune-mini.json")).Replace("encoderMean", "cls"), "r.json"));
        Assert.Contains("r.json: pooling: one of encoderMean, decoderLast, decoderMean expected", e.Message);
    }

    [Fact]
    public void AnEpochShowsEveryExampleOnceInAnOrderOfItsOwn()
    {
        var random = new Random(1);
        var examples = Enumerable.Range(0, 500)
            .Select(i => new GueExample(string.Concat(Enumerable.Range(0, 10 + random.Next(30)).Select(_ => "ACGT"[random.Next(4)])), i % 3)).ToList();
        var tokenizer = BpeTokenizer.Load(SharedData.Sample("tokenizer/dnabert2_tokenizer.json"));
        var data = new LabelledTokens(examples, tokenizer, bothStrands: false, maxTokens: 9);
        Assert.Equal(examples.Count(e => tokenizer.EncodeWithSpecialTokens(Encoding.ASCII.GetBytes(e.Sequence)).Length > 9), data.Cut);
        Assert.All(data.Forward, row => Assert.Equal(data.Forward[0][^1], row[^1]));

        string Order(ulong seed, int epoch) => string.Join(' ', data.Epoch(seed, epoch, new BatchRecipe(8, long.MaxValue, 1)).SelectMany(batch => batch.Labels));
        var batches = data.Epoch(1, 0, new BatchRecipe(8, long.MaxValue, 1)).ToList();
        Assert.All(batches, batch => Assert.InRange(batch.Tokens.Length, 1, 8));
        Assert.Equal(
            data.Forward.Select(Text).Order(), batches.SelectMany(batch => batch.Tokens).Select(Text).Order());
        Assert.Equal(Order(1, 0), Order(1, 0));
        Assert.NotEqual(Order(1, 0), Order(1, 1));
        Assert.NotEqual(Order(1, 0), Order(2, 0));

        static string Text(int[] row) => string.Join(' ', row);
    }

    [Fact]
    public void HalfOfAnEpochIsOnTheOtherStrand()
    {
        var examples = Enumerable.Repeat(new GueExample("AAAACCC", 0), 1000).ToList();
        var data = new LabelledTokens(examples, BpeTokenizer.Load(SharedData.Sample("tokenizer/dnabert2_tokenizer.json")), bothStrands: true, maxTokens: 100);
        var reversed = data.Epoch(1, 0, new BatchRecipe(50, long.MaxValue, 1)).SelectMany(batch => batch.Tokens).Count(row => !row.SequenceEqual(data.Forward[0]));
        Assert.InRange(reversed, 430, 570);
    }

    [Fact]
    public void ASampleIsTheSameEveryTimeAndKeepsTheOrder()
    {
        var examples = Enumerable.Range(0, 100).Select(i => new GueExample("A", i)).ToList();
        var sample = GueSample.Take(examples, 30);
        Assert.Equal(30, sample.Distinct().Count());
        Assert.Equal(sample.Select(e => e.Label).Order(), sample.Select(e => e.Label));
        Assert.Equal(sample, GueSample.Take(examples, 30));
        Assert.Same(examples, GueSample.Take(examples, 100));
    }
}
