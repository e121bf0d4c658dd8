using DnaBart.Batching;
using DnaBart.Checkpoints;
using DnaBart.IO;
using DnaBart.Metrics;
using DnaBart.Noise;
using DnaBart.Pretraining;
using DnaBart.Tokenization;
using DnaBart.Torch;

namespace DnaBart.Model.Pretraining;

/// <summary>What a model has seen of the sequence that it is measured on.</summary>
public enum EvaluatedSequence
{
    /// <summary>It was trained on it, damaged in other ways.</summary>
    TrainedOn,

    /// <summary>Its training left it out.</summary>
    HeldOut,

    /// <summary>Nothing says: the model's folder names another genome or none, or the recipe divides the genome in another way than that of the training,
    /// or the training left it out but began with weights that may have known it.</summary>
    Given,
}

/// <summary>What a model makes of one corruption.</summary>
/// <param name="Corruption">Its name in the recipe.</param>
/// <param name="Sequence">Where the windows come from.</param>
public sealed record EvaluationResult(string Corruption, EvaluatedSequence Sequence, int Windows, TokenMetrics Metrics);

/// <summary>Measures a model as the paper does: Acc (eq. 1), F1 and perplexity of the clean tokens, the decoder being taught. Windows and
/// damage are drawn from streams of their own, the same in every evaluation of a recipe.</summary>
public sealed class DenoisingEvaluation
{
    private const int MaxRows = 64;

    private readonly PretrainingRecipe recipe;
    private readonly DenoisingExamples examples;
    private readonly EvaluatedSequence sequence;

    /// <param name="isOfRun">Whether a model was trained on this genome, divided as the recipe says, and knew nothing of it before if a part is held out.</param>
    /// <exception cref="IO.InputException">The genome has no room for the recipe's windows, or no block of it is held out.</exception>
    public DenoisingEvaluation(PretrainingRecipe recipe, Genome genome, BpeTokenizer tokenizer, int maxTokens, bool isOfRun = true)
    {
        this.recipe = recipe;
        var heldOut = recipe.Data.HoldOut > 0;
        sequence = !isOfRun ? EvaluatedSequence.Given : heldOut ? EvaluatedSequence.HeldOut : EvaluatedSequence.TrainedOn;
        examples = new DenoisingExamples(
            new GenomeWindows(genome.Sequences, recipe.Data, recipe.Seed, heldOut), tokenizer, recipe.Data, maxTokens);
    }

    /// <summary>Evaluates the model of a folder.</summary>
    /// <param name="recipe">Says windows and corruptions; null for the recipe that the model was trained by.</param>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>; null for the first GPU or else the CPU.</param>
    /// <exception cref="InputException">The folder holds no whole model, or no recipe and none is given.</exception>
    public static IReadOnlyList<EvaluationResult> OfFolder(
        string folder, PretrainingRecipe? recipe, Genome genome, string? device, CancellationToken cancellation = default)
    {
        var manifest = CheckpointManifest.Verify(folder);
        var isItsGenome = manifest?.Genome == genome.Sha256;
        var own = manifest is { Recipe.Length: > 0 } && (recipe is null || isItsGenome)
            ? PretrainingRecipe.Parse(manifest.Recipe, Path.Combine(folder, CheckpointManifest.FileName))
            : null;
        recipe ??= own ?? throw new InputException($"{folder}: does not say by which recipe it was trained; give the recipe");
        var isOfRun = isItsGenome && own is not null && own.Data.HoldOut == recipe.Data.HoldOut && (own.Data.HoldOut == 0 || (own.Seed == recipe.Seed && manifest!.From.Length == 0));
        var tokenizer = BartCheckpoint.LoadTokenizer(folder);
        using var bart = BartCheckpoint.Load(folder, Engine.Choose(device));
        return new DenoisingEvaluation(recipe, genome, tokenizer, bart.Config.MaxPositionEmbeddings, isOfRun).Run(bart, cancellation);
    }

    /// <summary>Evaluates each of the recipe's corruptions. The network is left in the mode it was in.</summary>
    public IReadOnlyList<EvaluationResult> Run(Bart bart, CancellationToken cancellation = default)
    {
        var training = bart.training;
        bart.eval();
        using var guard = torch.no_grad();
        try
        {
            return recipe.Corruption.Parts.Select(part => Run(bart, part, cancellation)).ToList();
        }
        finally
        {
            if (training)
                bart.train();
        }
    }

    private EvaluationResult Run(Bart bart, WeightedCorruption part, CancellationToken cancellation)
    {
        var drawn = new DenoisingExample[recipe.Evaluation.Windows];
        Parallel.For(0, drawn.Length, i => drawn[i] = examples.Draw(
            new CounterRandom(recipe.Seed, RandomStreams.Evaluation, (ulong)i),
            part.Corruption,
            new CounterRandom(recipe.Seed, RandomStreams.EvaluationDamage, (ulong)i)));
        var metrics = new TokenMetrics(bart.Config.VocabSize);
        var buckets = LengthBuckets.Plan(
            Array.ConvertAll(drawn, example => example.Source.Length), Array.ConvertAll(drawn, example => example.Target.Length), long.MaxValue, MaxRows);
        foreach (var indices in buckets.Batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            var batch = new DenoisingBatch(Array.ConvertAll(indices, i => drawn[i]), bart.Config.PadTokenId, bart.Config.DecoderStartTokenId);
            var (logits, labels) = DenoisingStep.Forward(bart, batch);
            metrics.Add(batch.Labels, logits.argmax(-1).data<long>(), SequenceLoss.Mean(logits, labels).item() * batch.TargetTokens);
        }
        return new EvaluationResult(part.Name, sequence, drawn.Length, metrics);
    }
}
