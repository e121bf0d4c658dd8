using System.Text.Json.Nodes;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Noise;
using DnaBart.Pretraining;
using DnaBart.Training;

namespace DnaBart.Core.Tests.Pretraining;

public sealed class PretrainingRecipeTests
{
    private static string PathOf(string name) => Path.Combine(SharedData.Root, "recipes", name);

    /// <summary>Recipes of other commands lie in the same folder; those of pretraining have corruptions.</summary>
    public static TheoryData<string> Names => new(Directory.GetFiles(PathOf(""), "*.json")
        .Where(path => File.ReadAllText(path).Contains("\"corruption\"", StringComparison.Ordinal))
        .Select(path => Path.GetFileName(path)));

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryRecipeParses(string name)
    {
        var recipe = PretrainingRecipe.Load(PathOf(name));
        Assert.NotEmpty(recipe.Description);
        var config = recipe.Model.Config(recipe.Tokenizer.VocabularySize);
        Assert.True(recipe.Data.MaxBases + 2 <= config.MaxPositionEmbeddings || recipe.Tokenizer.VocabularySize == 4096);
    }

    /// <summary>IV-A of the paper: yeast, 1 M reads of 150 bp, p = 0.3, AdamW at 1e-4, 3 epochs.</summary>
    [Theory]
    [InlineData("model-t-substitution.json", 150)]
    [InlineData("model-t-indel.json", 300)]
    [InlineData("model-t-all.json", 300)]
    public void ModelTIsThePapers(string name, int longestDamaged)
    {
        var recipe = PretrainingRecipe.Load(PathOf(name));
        Assert.Equal(("base", 4096), (recipe.Model.Preset, recipe.Tokenizer.VocabularySize));
        Assert.Equal((150, 150, 1_000_000, 3, 0), (recipe.Data.MinBases, recipe.Data.MaxBases, recipe.Data.Windows, recipe.Data.Epochs, recipe.Data.HoldOut));
        Assert.Equal(1e-4, recipe.Optimizer.LearningRate);
        Assert.Equal(longestDamaged, Assert.Single(recipe.Corruption.Parts).Corruption.MaxLength(150));
        foreach (var part in JsonNode.Parse(recipe.Json)!["corruption"]!.AsArray())
            Assert.All(part!.AsObject().Where(pair => pair.Key is "substitution" or "deletion" or "insertion"), pair => Assert.Equal(0.3, (double)pair.Value!));
    }

    /// <summary>IV-A: AdamW at 5e-5, weight decay 0.1, linear schedule, 2 epochs, batches of 128.</summary>
    [Fact]
    public void ModelGIsThePapers()
    {
        var recipe = PretrainingRecipe.Load(PathOf("model-g.json"));
        Assert.Equal((5e-5, 0.1, LearningRateSchedule.Linear), (recipe.Optimizer.LearningRate, recipe.Optimizer.WeightDecay, recipe.Optimizer.Schedule));
        Assert.Equal((2, 128, 1), (recipe.Data.Epochs, recipe.Batch.Rows, recipe.Batch.Accumulation));
    }

    [Fact]
    public void TheScheduleRisesAndFalls()
    {
        var optimizer = new OptimizerRecipe(2, 0.9, 0.999, 1e-8, 0, 1, LearningRateSchedule.Linear, Warmup: 0.2);
        Assert.Equal([0, 1, 2, 1, 0], new[] { 0, 0.1, 0.2, 0.6, 1 }.Select(optimizer.At).Select(rate => Math.Round(rate, 12)));
        Assert.Equal(2, (optimizer with { Schedule = LearningRateSchedule.Constant }).At(0.9));
        Assert.Equal(2, (optimizer with { Warmup = 0 }).At(0));
    }

    [Theory]
    [InlineData("data.windows", "null", "data.windows: a whole number, 1 or more, expected, found null")]
    [InlineData("data.coverage", "2", "data.windows: exactly one of windows (an epoch) and coverage (of the genome, an epoch) expected")]
    [InlineData("data.minWindowBases", "151", "data.minWindowBases: a whole number from 8 to 150 expected, found 151")]
    [InlineData("model.preset", "\"large\"", "model.preset: one of tiny, mini, base expected, found \"large\"")]
    [InlineData("tokenizer.file", "\"t.json\"", "tokenizer.file: exactly one of file")]
    [InlineData("optimizer.learningrate", "1", "optimizer.learningrate: unknown key; allowed here: learningRate, beta1")]
    [InlineData("dtype", "\"float16\"", "dtype: one of float32, bfloat16 expected, found \"float16\"")]
    [InlineData("corruption", """[{"name": "s", "kind": "uniform", "substitution": 0.1}, {"name": "s", "kind": "uniform", "substitution": 0.3}]""", "corruption: two are called 's'")]
    [InlineData("seed", "-1", "seed: a whole number, 0 or more, expected, found -1")]
    public void NamesTheKeyAndWhatIsAllowed(string key, string value, string expected)
    {
        var json = JsonNode.Parse(File.ReadAllText(PathOf("model-t-substitution.json")))!;
        var parts = key.Split('.');
        var owner = parts.Length == 1 ? json : json[parts[0]]!;
        owner[parts[^1]] = JsonNode.Parse(value);
        var message = Assert.Throws<InputException>(() => PretrainingRecipe.Parse(json.ToJsonString(), "r.json")).Message;
        Assert.StartsWith("r.json: " + expected, message);
    }

    [Fact]
    public void MixturesAreReadInOrder()
    {
        var parts = PretrainingRecipe.Load(PathOf("mini-correction.json")).Corruption.Parts;
        Assert.Equal([("sequencing", 3.0), ("substitution", 1.0)], parts.Select(part => (part.Name, part.Weight)));
        Assert.IsType<SequencingNoise>(parts[0].Corruption);
        Assert.IsType<UniformCorruption>(parts[1].Corruption);
    }
}
