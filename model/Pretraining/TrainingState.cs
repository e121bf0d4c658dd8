using System.Text.Json.Nodes;
using DnaBart.Checkpoints;
using DnaBart.IO;
using DnaBart.Noise;
using DnaBart.Pretraining;
using DnaBart.Tokenization;
using DnaBart.Torch;

namespace DnaBart.Model.Pretraining;

/// <summary>Everything that changes during a run: the network, the optimizer's moments, the steps done and the place in the data. A
/// checkpoint holds all of it. Random draws need no state: each step's are a function of seed and step.</summary>
internal sealed class TrainingState : IDisposable
{
    private const string OptimizerFile = "optimizer.safetensors";
    private const string PositionFile = "training.json";

    private TrainingState(PretrainingRecipe recipe, Bart bart, BpeTokenizer tokenizer, Device device)
    {
        Bart = bart;
        Tokenizer = tokenizer;
        bart.to(device);
        bart.ComputeType = recipe.Dtype.On(device);
        bart.train();
        OptimizerStep = new OptimizerStep(recipe.Optimizer.AdamW(bart.named_parameters()), bart.named_parameters(), bart.ComputeType);
    }

    public Bart Bart { get; }

    public BpeTokenizer Tokenizer { get; }

    public OptimizerStep OptimizerStep { get; }

    public torch.optim.AdamW Optimizer => OptimizerStep.Optimizer;

    /// <summary>Optimizer steps done.</summary>
    public long Step { get; set; }

    /// <summary>Where the next batch lies.</summary>
    public DataPosition Position { get; set; }

    /// <summary>A run's beginning: a tokenizer read or trained on the genome, and random weights; or both from a model that is to learn more.</summary>
    /// <param name="from">The folder of that model, of the sizes that the recipe names; null for none.</param>
    /// <exception cref="InputException">The recipe's tokenizer file is missing or malformed, or does not mark begin and end; or the model is missing or malformed, or of other sizes.</exception>
    public static TrainingState Begin(PretrainingRecipe recipe, Genome genome, Device device, string? from)
    {
        var tokenizer = (from ?? recipe.Tokenizer.File) is { } path
            ? BpeTokenizer.Load(path)
            : BpeTrainer.Train(
                TokenizerSample.Of(genome.Sequences, recipe.Data, recipe.Seed), recipe.Tokenizer.VocabularySize,
                new BpeTrainerOptions { BothStrands = recipe.Data.BothStrands });
        var special = tokenizer.Special;
        // A model that never saw an end token among its labels would never give one.
        if (!tokenizer.EncodeWithSpecialTokens([]).SequenceEqual([special.Begin, special.End]))
        {
            throw new InputException($"{from ?? recipe.Tokenizer.File}: the tokenizer's post_processor must put the begin token before a sequence and the end token "
                + "behind it; make it a TemplateProcessing of <s> $A </s>, by the names of this vocabulary");
        }
        var config = recipe.Model.Config(tokenizer.VocabularySize) with
        {
            BosTokenId = special.Begin,
            PadTokenId = special.Pad,
            EosTokenId = special.End,
            ForcedEosTokenId = special.End,
            DecoderStartTokenId = special.End,
        };
        torch.manual_seed(new CounterRandom(recipe.Seed, RandomStreams.Weights, 0).NextUInt64());
        var bart = new Bart(config);
        try
        {
            if (from is not null)
                LoadWeights(bart, from);
            else if (recipe.Model.PositionalStart)
                BartInitialization.Positional(bart);
            return new TrainingState(recipe, bart, tokenizer, device);
        }
        catch
        {
            bart.Dispose();
            throw;
        }
    }

    private static void LoadWeights(Bart bart, string folder)
    {
        CheckpointManifest.Verify(folder);
        // How much dropout there is the recipe says; keys that make no difference to the network may be there or not.
        var found = BartConfig.Load(Path.Combine(folder, BartCheckpoint.ConfigFile)).WithDropout(0) with { Other = bart.Config.Other };
        if (found != bart.Config.WithDropout(0))
        {
            throw new InputException($"{folder}: its {BartCheckpoint.ConfigFile} is not that of the recipe's model; "
                + "give the recipe the preset, sizes and positions of the model to start from");
        }
        BartCheckpoint.LoadWeights(bart, Path.Combine(folder, BartCheckpoint.WeightsFile));
    }

    /// <summary>The run as a checkpoint left it.</summary>
    /// <exception cref="InputException">The checkpoint belongs to another genome or is damaged.</exception>
    public static TrainingState Load(PretrainingRecipe recipe, Genome genome, Device device, string folder)
    {
        var (step, position) = StrictJsonObject.ReadFile(Path.Combine(folder, PositionFile), json =>
        {
            if (json.String("genome") != genome.Sha256)
                throw new InputException($"{folder}: this run began on another genome; give the same FASTA files in the same order");
            return (json.Integer("step", 0, long.MaxValue), new DataPosition(
                json.Integer("chunk", 0, long.MaxValue),
                (int)json.Integer("batch", 0, int.MaxValue),
                json.Integer("examples", 0, long.MaxValue)));
        });
        var bart = BartCheckpoint.Load(folder, device, ScalarType.Float32);
        var state = new TrainingState(recipe, bart, BpeTokenizer.Load(folder), device) { Step = step, Position = position };
        TrainingParts.ReadTensors(Path.Combine(folder, OptimizerFile), state.Optimizer.state());
        state.Optimizer.resume(step);
        return state;
    }

    /// <summary>Writes a checkpoint's files: a model folder as any other, and what resuming needs besides.</summary>
    public void Save(string folder, Genome genome)
    {
        SaveModel(folder);
        TrainingParts.WriteTensors(Path.Combine(folder, OptimizerFile), Optimizer.state());
        var position = new JsonObject
        {
            ["step"] = Step,
            ["chunk"] = Position.Chunk,
            ["batch"] = Position.Batch,
            ["examples"] = Position.Examples,
            ["genome"] = genome.Sha256,
        };
        AtomicFile.WriteAllText(Path.Combine(folder, PositionFile), position.ToJsonString() + "\n");
    }

    /// <summary>Writes the model alone: <c>config.json</c>, <c>model.safetensors</c>, <c>tokenizer.json</c>.</summary>
    public void SaveModel(string folder)
    {
        BartCheckpoint.Save(Bart, folder);
        Tokenizer.Save(Path.Combine(folder, BpeTokenizer.FileName));
    }

    public void Dispose()
    {
        OptimizerStep.Dispose();
        Bart.Dispose();
    }
}
