using DnaBart.Checkpoints;
using DnaBart.IO;
using DnaBart.Noise;
using DnaBart.Training;

namespace DnaBart.Pretraining;

/// <summary>Everything that a pretraining run depends on besides the genome: with the same recipe, genome and device, a run gives the same
/// model. Recipes are JSON files (<c>recipes/</c>); <see cref="Load"/> refuses unknown keys and values out of range.</summary>
public sealed record PretrainingRecipe
{
    /// <summary>One line for people.</summary>
    public required string Description { get; init; }

    public required ModelPart Model { get; init; }
    public required TokenizerPart Tokenizer { get; init; }
    public required DataPart Data { get; init; }
    public required CorruptionMixture Corruption { get; init; }
    public required BatchRecipe Batch { get; init; }
    public required OptimizerRecipe Optimizer { get; init; }
    public required ComputeDtype Dtype { get; init; }
    public required ulong Seed { get; init; }
    public required EvaluationPart Evaluation { get; init; }
    public required CheckpointPart Checkpoints { get; init; }

    /// <summary>The recipe's own text, which checkpoints carry: a run is resumed only under the recipe it began with.</summary>
    public required string Json { get; init; }

    /// <param name="Preset"><c>tiny</c>, <c>mini</c> or <c>base</c>.</param>
    /// <param name="Dropout">Replaces the preset's three dropout rates; null keeps them.</param>
    /// <param name="Sizes">Replaces the preset's sizes; null keeps them.</param>
    /// <param name="PositionalStart">Whether weights start as <c>BartInitialization.Positional</c> in the model sets them, from which small networks learn in minutes, instead of as BART's do.</param>
    public sealed record ModelPart(string Preset, double? Dropout, ModelSizes? Sizes, bool PositionalStart)
    {
        /// <summary>The network's configuration for a vocabulary.</summary>
        public BartConfig Config(int vocabSize)
        {
            var config = Preset switch
            {
                "tiny" => BartConfig.Tiny(vocabSize),
                "mini" => BartConfig.Mini(vocabSize),
                _ => BartConfig.Base(vocabSize),
            };
            if (Dropout is { } rate)
                config = config.WithDropout(rate);
            return Sizes is null ? config : config with
            {
                DModel = Sizes.Width,
                EncoderLayers = Sizes.EncoderLayers,
                DecoderLayers = Sizes.DecoderLayers,
                EncoderAttentionHeads = Sizes.Heads,
                DecoderAttentionHeads = Sizes.Heads,
                EncoderFfnDim = Sizes.FeedForwardWidth,
                DecoderFfnDim = Sizes.FeedForwardWidth,
                MaxPositionEmbeddings = Sizes.Positions,
            };
        }
    }

    /// <summary>A network's sizes, the same for encoder and decoder but for their depth.</summary>
    /// <param name="Width">d, a multiple of <paramref name="Heads"/>.</param>
    /// <param name="Positions">The longest sequence, in tokens.</param>
    public sealed record ModelSizes(int Width, int EncoderLayers, int DecoderLayers, int Heads, int FeedForwardWidth, int Positions);

    /// <param name="File">A <c>tokenizer.json</c> to use; null if one is to be trained on the genome.</param>
    /// <param name="VocabularySize">|V| of the tokenizer to be trained.</param>
    public sealed record TokenizerPart(string? File, int VocabularySize);

    /// <param name="MinBases">The shortest window.</param>
    /// <param name="MaxBases">The longest; a window's length is uniform in between.</param>
    /// <param name="Windows">Windows an epoch; null if <paramref name="Coverage"/> says it.</param>
    /// <param name="Coverage">Bases of an epoch's windows, as a multiple of the genome.</param>
    /// <param name="Epochs">Times the windows are gone through, each time in a new order and newly corrupted.</param>
    /// <param name="BothStrands">Whether half of the windows are reverse complements.</param>
    /// <param name="HoldOut">Share of the genome, in seeded blocks, that is never trained on but kept for evaluation. 0 for models
    /// that correct reads of this very genome and have to know all of it.</param>
    public sealed record DataPart(int MinBases, int MaxBases, long? Windows, double Coverage, int Epochs, bool BothStrands, double HoldOut);

    /// <param name="EverySteps">Steps from one evaluation to the next; the end of the run is evaluated too.</param>
    /// <param name="Windows">Windows of an evaluation.</param>
    public sealed record EvaluationPart(long EverySteps, int Windows);

    /// <param name="EverySteps">Steps from one checkpoint to the next; the end of the run is saved too.</param>
    /// <param name="Keep">Checkpoints that stay on disk.</param>
    public sealed record CheckpointPart(long EverySteps, int Keep);

    /// <summary>Reads a recipe; a tokenizer's path is relative to the recipe's folder.</summary>
    /// <exception cref="InputException">The file is missing or malformed, or a key is unknown or its value not allowed; the message names
    /// file, key and what is allowed.</exception>
    public static PretrainingRecipe Load(string path)
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
    public static PretrainingRecipe Parse(string json, string path) => PretrainingRecipeJson.Parse(json, path);
}
