using System.Text.Json;
using DnaBart.Finetuning;
using DnaBart.IO;
using DnaBart.Noise;
using DnaBart.Torch;

namespace DnaBart.Model.Finetuning;

/// <summary>What changes while a model is finetuned: the trained weights, the optimizer's moments, the best weights so far, and the epochs
/// done. Checkpoints, one an epoch, hold all of it; weights that are not trained stay with the pretrained model.</summary>
internal sealed class FinetuningState : IDisposable
{
    private const string WeightsFile = "trained.safetensors";
    private const string BestFile = "best.safetensors";
    private const string OptimizerFile = "optimizer.safetensors";
    private const string ProgressFile = "progress.json";

    private readonly Lora? lora;
    private readonly (string Name, Tensor Parameter)[] trained;
    private readonly (string Name, Tensor Tensor)[] best;

    private sealed record Progress(long Step, double Seconds, double BestScore, int BestEpoch, IReadOnlyList<EpochResult> Epochs);

    /// <summary>The beginning: the pretrained network under a head with random weights.</summary>
    public FinetuningState(FinetuningRecipe recipe, FinetuningTask task, string modelFolder, Device device)
    {
        var bart = BartCheckpoint.Load(modelFolder, device, ScalarType.Float32, recipe.Dropout);
        bart.ComputeType = recipe.Dtype.On(device);
        torch.manual_seed(new CounterRandom(task.Seed, RandomStreams.HeadWeights, 0).NextUInt64());
        var labels = Enumerable.Range(0, task.Dataset.Classes).Select(label => $"{label}").ToList();
        Classifier = new BartClassifier(bart, new ClassifierConfig(task.Dataset.Task, labels, recipe.Pooling, recipe.BothStrands, recipe.HeadDropout));
        lora = recipe.Lora is { } part ? new Lora(Classifier, part) : null;
        Classifier.train();
        trained = [.. Classifier.named_parameters().Where(p => p.Parameter.requires_grad), .. lora?.named_parameters() ?? []];
        using var guard = torch.no_grad();
        best = Array.ConvertAll(trained, p => (p.Name, p.Parameter.clone().DetachFromDisposeScope()));
        OptimizerStep = new OptimizerStep(
            recipe.Optimizer.AdamW(trained), Classifier.named_parameters().Concat(lora?.named_parameters() ?? []), bart.ComputeType);
    }

    public BartClassifier Classifier { get; }

    public OptimizerStep OptimizerStep { get; }

    public torch.optim.AdamW Optimizer => OptimizerStep.Optimizer;

    public IEnumerable<Tensor> Trained => trained.Select(p => p.Parameter);

    /// <summary>Optimizer steps done.</summary>
    public long Step { get; set; }

    /// <summary>Time spent so far, that of earlier processes included.</summary>
    public double Seconds { get; set; }

    public List<EpochResult> Epochs { get; private set; } = [];

    /// <summary>The best score on dev so far.</summary>
    public double BestScore { get; private set; } = double.NegativeInfinity;

    /// <summary>The epoch that had it, from 1.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>Notes an epoch; if it is the best so far, its weights are kept.</summary>
    public void Add(EpochResult epoch, double score)
    {
        Epochs.Add(epoch);
        if (score <= BestScore)
            return;
        (BestScore, BestEpoch) = (score, epoch.Epoch);
        using var guard = torch.no_grad();
        for (var i = 0; i < best.Length; i++)
            best[i].Tensor.copy_(trained[i].Parameter);
    }

    /// <summary>Puts the best weights in place and makes additions part of the network. No training after this.</summary>
    public void Finish()
    {
        using var guard = torch.no_grad();
        for (var i = 0; i < best.Length; i++)
            trained[i].Parameter.copy_(best[i].Tensor);
        lora?.Merge();
        Classifier.eval();
    }

    public void Save(string folder)
    {
        TrainingParts.WriteTensors(Path.Combine(folder, WeightsFile), trained);
        TrainingParts.WriteTensors(Path.Combine(folder, BestFile), best);
        TrainingParts.WriteTensors(Path.Combine(folder, OptimizerFile), Optimizer.state());
        AtomicFile.WriteAllText(Path.Combine(folder, ProgressFile), JsonSerializer.Serialize(new Progress(Step, Seconds, BestScore, BestEpoch, Epochs)));
    }

    public void Load(string folder)
    {
        TrainingParts.ReadTensors(Path.Combine(folder, WeightsFile), trained);
        TrainingParts.ReadTensors(Path.Combine(folder, BestFile), best);
        TrainingParts.ReadTensors(Path.Combine(folder, OptimizerFile), Optimizer.state());
        var progress = JsonSerializer.Deserialize<Progress>(File.ReadAllText(Path.Combine(folder, ProgressFile)))!;
        (Step, Seconds, BestScore, BestEpoch, Epochs) = (progress.Step, progress.Seconds, progress.BestScore, progress.BestEpoch, [.. progress.Epochs]);
        Optimizer.resume(Step);
    }

    public void Dispose()
    {
        foreach (var (_, tensor) in best)
            tensor.Dispose();
        OptimizerStep.Dispose();
        lora?.Dispose();
        Classifier.Dispose();
    }
}
