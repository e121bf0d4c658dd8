using DnaBart.Gue;
using DnaBart.IO;
using DnaBart.Training;

namespace DnaBart.Finetuning;

/// <summary>What the classification head sees of a sequence. The paper does not say; on prom_core_tata the three differ less than seeds do
/// (<c>benchmarks/RESULTS.md</c>, <i>GUE</i>).</summary>
public enum Pooling
{
    /// <summary>The mean of the encoder's states. The decoder is not used.</summary>
    EncoderMean,

    /// <summary>The sequence goes to encoder and decoder, and the decoder's state at the last token is taken, as in Hugging Face's
    /// <c>BartForSequenceClassification</c>.</summary>
    DecoderLast,

    /// <summary>As <see cref="DecoderLast"/>, but the mean over all tokens.</summary>
    DecoderMean,
}

/// <summary>How to turn a pretrained model into a classifier (IV-C of the paper), besides task and seed. Recipes are JSON files
/// (<c>recipes/finetune-*.json</c>); unknown keys and values out of range are refused.</summary>
public sealed record FinetuningRecipe
{
    /// <summary>One line for people.</summary>
    public required string Description { get; init; }

    public required Pooling Pooling { get; init; }

    /// <summary>Dropout between the head's two linear layers.</summary>
    public required double HeadDropout { get; init; }

    /// <summary>Replaces the pretrained model's three dropout rates; null keeps them.</summary>
    public required double? Dropout { get; init; }

    /// <summary>Whether a training sequence is as often seen as its reverse complement. Probabilities are then the mean over both strands.</summary>
    public required bool BothStrands { get; init; }

    /// <summary>Whether rare classes weigh as much in the loss as frequent ones.</summary>
    public required bool BalancedClasses { get; init; }

    /// <summary>Train on so many rows, a fixed sample; null for all.</summary>
    public required int? TrainRows { get; init; }

    public required int Epochs { get; init; }

    /// <summary>Other numbers of epochs for some tasks.</summary>
    public required IReadOnlyList<TaskEpochs> EpochsByTask { get; init; }

    /// <summary>End after so many epochs without a better score on dev; null to run them all. The best epoch's weights count in any case.</summary>
    public required int? Patience { get; init; }

    public required BatchRecipe Batch { get; init; }

    public required OptimizerRecipe Optimizer { get; init; }

    /// <summary>Steps over which the learning rate first rises, in place of the optimizer's share of the run; null for that.</summary>
    public required int? WarmupSteps { get; init; }

    /// <summary>Train low-rank additions to the attention weights instead of all weights; null for all.</summary>
    public required LoraPart? Lora { get; init; }

    public required ComputeDtype Dtype { get; init; }

    /// <summary>The recipe's own text, which the result carries.</summary>
    public required string Json { get; init; }

    /// <param name="Task">A task's name or the beginning of one up to a slash: <c>tf</c> for <c>tf/0</c> to <c>tf/4</c>.</param>
    public sealed record TaskEpochs(string Task, int Epochs)
    {
        /// <summary>Whether it is for a task.</summary>
        public bool Names(string task) => task == Task || task.StartsWith(Task + "/", StringComparison.Ordinal);
    }

    /// <summary>Low-rank adaptation (Hu et al. 2021) of query and value projections.</summary>
    /// <param name="Rank">r, the rank of the addition.</param>
    /// <param name="Alpha">The addition is scaled by alpha / r.</param>
    public sealed record LoraPart(int Rank, double Alpha);

    /// <summary>The paper's recipe, <c>recipes/finetune-paper.json</c>.</summary>
    public static FinetuningRecipe Paper { get; } = ReadPaper();

    /// <summary>The number of epochs for a task: the first entry that names it counts.</summary>
    public int EpochsOf(string task) =>
        EpochsByTask.FirstOrDefault(entry => entry.Names(task))?.Epochs ?? Epochs;

    /// <summary>The rows of a train set that the recipe trains on, in their order; the same for every seed.</summary>
    public List<GueExample> Sample(List<GueExample> train) => GueSample.Take(train, TrainRows);

    /// <summary>Reads a recipe.</summary>
    /// <exception cref="InputException">The file is missing or malformed, or a key is unknown or its value not allowed; the message names
    /// file, key and what is allowed.</exception>
    public static FinetuningRecipe Load(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw InputException.Unreadable(path, e, "recipes lie in recipes/");
        }
    }

    /// <summary>As <see cref="Load"/>, from text; <paramref name="path"/> is the name that errors show.</summary>
    public static FinetuningRecipe Parse(string json, string path) => StrictJsonObject.Parse(json, path, root => new FinetuningRecipe
    {
        Description = root.String("description"),
        Pooling = Enum.Parse<Pooling>(root.Choice("pooling", PoolingNames, PoolingName(Pooling.DecoderMean)), ignoreCase: true),
        HeadDropout = root.Number("headDropout", 0, 0.9, 0.3),
        Dropout = root.Has("dropout") ? root.Number("dropout", 0, 0.9) : null,
        BothStrands = root.Boolean("bothStrands", false),
        BalancedClasses = root.Boolean("balancedClasses", false),
        TrainRows = Optional(root, "trainRows"),
        Epochs = (int)root.Integer("epochs", 1, 10_000),
        EpochsByTask = root.Has("epochsByTask") ? ReadEpochsByTask(root) : [],
        Patience = Optional(root, "patience"),
        Batch = root.Object("batch", BatchRecipe.Read),
        Optimizer = root.Object("optimizer", OptimizerRecipe.Read),
        WarmupSteps = Optional(root, "warmupSteps"),
        Lora = root.Has("lora")
            ? root.Object("lora", lora => new LoraPart((int)lora.Integer("rank", 1, 1024), lora.Number("alpha", 1e-6, 1e6)))
            : null,
        Dtype = ComputeDtypes.Read(root),
        Json = json,
    });

    /// <summary>A pooling's name in recipes and in <c>config.json</c>: <c>encoderMean</c>, <c>decoderLast</c>, <c>decoderMean</c>.</summary>
    public static string PoolingName(Pooling pooling) => char.ToLowerInvariant($"{pooling}"[0]) + $"{pooling}"[1..];

    /// <summary>All names of poolings.</summary>
    public static IReadOnlyCollection<string> PoolingNames => [.. Enum.GetValues<Pooling>().Select(PoolingName)];

    private static FinetuningRecipe ReadPaper()
    {
        const string Name = "finetune-paper.json";
        using var reader = new StreamReader(typeof(FinetuningRecipe).Assembly.GetManifestResourceStream(Name)!);
        return Parse(reader.ReadToEnd(), Name);
    }

    private static IReadOnlyList<TaskEpochs> ReadEpochsByTask(StrictJsonObject root)
    {
        var left = GueCatalogue.All.Select(dataset => dataset.Task).ToHashSet();
        return root.Objects("epochsByTask", json =>
        {
            var entry = new TaskEpochs(json.String("task"), (int)json.Integer("epochs", 1, 10_000));
            var named = GueCatalogue.All.Select(dataset => dataset.Task).Where(entry.Names).ToList();
            if (named.Count == 0)
            {
                var families = GueCatalogue.All.Select(dataset => dataset.Task.Split('/')[0]).Distinct();
                throw json.Error("task", $"{string.Join(", ", families)} or a dataset of theirs as `dnabart gue list` prints it expected, found \"{entry.Task}\"");
            }
            // The first entry that names a task counts.
            if (!left.Overlaps(named))
                throw json.Error("task", $"\"{entry.Task}\" is in the entries before it; move it before them, or delete it");
            left.ExceptWith(named);
            return entry;
        });
    }

    private static int? Optional(StrictJsonObject json, string key) => json.Has(key) ? (int)json.Integer(key, 1, int.MaxValue) : null;
}
