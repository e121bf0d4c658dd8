using DnaBart.IO;
using DnaBart.Noise;
using DnaBart.Training;

namespace DnaBart.Pretraining;

/// <summary>The JSON form of <see cref="PretrainingRecipe"/>: keys, fallbacks and allowed values.</summary>
internal static class PretrainingRecipeJson
{
    public static PretrainingRecipe Parse(string json, string path) => StrictJsonObject.Parse(json, path, root => new PretrainingRecipe
    {
        Description = root.String("description"),
        Model = root.Object("model", model => new PretrainingRecipe.ModelPart(
            model.Choice("preset", ["tiny", "mini", "base"]),
            model.Has("dropout") ? model.Number("dropout", 0, 0.9) : null,
            model.Has("sizes") ? model.Object("sizes", Sizes) : null,
            model.Choice("start", ["bart", "positional"], "bart") == "positional")),
        Tokenizer = root.Object("tokenizer", tokenizer => Tokenizer(tokenizer, path)),
        Data = root.Object("data", Data),
        Corruption = new CorruptionMixture(Corruptions(root)),
        Batch = root.Object("batch", BatchRecipe.Read),
        Optimizer = root.Object("optimizer", OptimizerRecipe.Read),
        Dtype = ComputeDtypes.Read(root),
        Seed = (ulong)root.Integer("seed", 0, long.MaxValue, 1),
        Evaluation = root.Object("evaluation", part => new PretrainingRecipe.EvaluationPart(
            part.Integer("everySteps", 1, long.MaxValue),
            (int)part.Integer("windows", 1, 1_000_000))),
        Checkpoints = root.Object("checkpoints", part => new PretrainingRecipe.CheckpointPart(
            part.Integer("everySteps", 1, long.MaxValue),
            (int)part.Integer("keep", 1, 1000, 2))),
        Json = json,
    });

    private static PretrainingRecipe.ModelSizes Sizes(StrictJsonObject json)
    {
        const int most = 1 << 16;
        var heads = (int)json.Integer("heads", 1, 1024);
        var width = (int)json.Integer("width", 2, most);
        if (width % heads != 0)
            throw json.Error("width", $"a multiple of heads ({heads}) expected");
        return new(
            width,
            (int)json.Integer("encoderLayers", 1, 1000),
            (int)json.Integer("decoderLayers", 1, 1000),
            heads,
            (int)json.Integer("feedForwardWidth", 1, most),
            (int)json.Integer("positions", 8, most));
    }

    private static PretrainingRecipe.TokenizerPart Tokenizer(StrictJsonObject json, string path)
    {
        if (json.Has("file") == json.Has("vocabularySize"))
            throw json.Error("file", "exactly one of file (a tokenizer.json) and vocabularySize (train one on the genome) expected");
        return json.Has("file")
            ? new(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, json.String("file")), 0)
            : new(null, (int)json.Integer("vocabularySize", 10, ushort.MaxValue));
    }

    private static PretrainingRecipe.DataPart Data(StrictJsonObject json)
    {
        var maxBases = (int)json.Integer("windowBases", 8, 100_000);
        if (json.Has("windows") == json.Has("coverage"))
            throw json.Error("windows", "exactly one of windows (an epoch) and coverage (of the genome, an epoch) expected");
        return new(
            (int)json.Integer("minWindowBases", 8, maxBases, maxBases),
            maxBases,
            json.Has("windows") ? json.Integer("windows", 1, long.MaxValue) : null,
            json.Has("coverage") ? json.Number("coverage", 1e-6, 1e6) : 0,
            (int)json.Integer("epochs", 1, 100_000),
            json.Boolean("bothStrands"),
            json.Number("holdOut", 0, 0.9, 0));
    }

    private static IReadOnlyList<WeightedCorruption> Corruptions(StrictJsonObject json)
    {
        var corruptions = json.Objects("corruption", Corruption);
        if (corruptions.GroupBy(corruption => corruption.Name).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw json.Error("corruption", $"two are called '{twice.Key}', which tables would mix up; a name of its own expected for each");
        return corruptions;
    }

    private static WeightedCorruption Corruption(StrictJsonObject json)
    {
        ICorruption corruption = json.Choice("kind", ["uniform", "sequencing", "ends"]) switch
        {
            "uniform" => Uniform(json),
            "sequencing" => Sequencing(json),
            _ => Ends(json),
        };
        var name = json.String("name");
        if (name.Length == 0 || name.IndexOfAny([',', '"', '\n', '\t']) >= 0)
            throw json.Error("name", "a name for tables expected, without commas, quotes, tabs and line ends");
        return new(name, json.Number("weight", 1e-6, 1e6, 1), corruption);
    }

    private static UniformCorruption Uniform(StrictJsonObject json) => new(
        json.Number("substitution", 0, 1, 0),
        json.Number("deletion", 0, 0.95, 0),
        json.Number("insertion", 0, 1, 0));

    private static SequencingNoise Sequencing(StrictJsonObject json)
    {
        var maxRate = json.Number("maxRate", 1e-6, 1);
        return new(
            json.Number("cleanShare", 0, 1),
            json.Number("minRate", 1e-6, maxRate),
            maxRate,
            json.Number("indelShare", 0, 1, 0));
    }

    private static EndNoise Ends(StrictJsonObject json) => new((int)json.Integer("bases", 1, 1000), json.Number("rate", 0, 1));
}
