using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using DnaBart.Checkpoints;
using DnaBart.Finetuning;
using DnaBart.Gue;
using DnaBart.IO;
using DnaBart.Metrics;
using DnaBart.Noise;
using DnaBart.Tokenization;
using DnaBart.Torch;

namespace DnaBart.Model.Finetuning;

/// <summary>Where a run stands.</summary>
/// <param name="Epoch">The current epoch, from 1, of <paramref name="Epochs"/>.</param>
/// <param name="Loss">Mean loss of the epoch so far.</param>
/// <param name="Remaining">The time to the end of the last epoch at the pace so far.</param>
public sealed record FinetuningProgress(int Epoch, int Epochs, double EpochShare, double Loss, TimeSpan Remaining);

/// <summary>How far a run came.</summary>
/// <param name="BestDevScore">The best score on dev by the task's metric.</param>
/// <param name="Seconds">Time of training so far, and of the test if there was one.</param>
/// <param name="Result">Null where the run was to stop at an earlier epoch.</param>
public sealed record FinetuningOutcome(double BestDevScore, double Seconds, FinetuningResult? Result);

/// <summary>How long a run would take.</summary>
/// <param name="Epoch">The time of each of <paramref name="Epochs"/>, dev included.</param>
public sealed record FinetuningEstimate(int Epochs, TimeSpan Epoch, TimeSpan Test)
{
    /// <summary>The time left after some epochs.</summary>
    public TimeSpan After(int epochs) => ((Epochs - epochs) * Epoch) + Test;
}

/// <summary>Finetunes a pretrained model for a task (IV-C of the paper). The test set is not opened before training has ended. A run that was
/// killed goes on from its last whole epoch when it is started again; on one CPU it computes what an unbroken run does, bit for bit.</summary>
public sealed class Finetuner
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    // Through all epochs: there are some that take less.
    private readonly Stopwatch sinceProgress = Stopwatch.StartNew();

    private readonly FinetuningRecipe recipe;
    private readonly FinetuningTask task;
    private readonly string modelFolder;
    private readonly string folder;
    private readonly Device device;
    private readonly CheckpointDirectory checkpoints;
    private readonly string workFolder;
    private readonly int epochs;

    /// <param name="modelFolder">The pretrained model.</param>
    /// <param name="folder">The classifier's folder to be; while the run lasts, its checkpoints lie beside it in <c>FOLDER.training</c>.</param>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>; null for the first GPU or else the CPU.</param>
    /// <exception cref="InputException">There is no such device.</exception>
    public Finetuner(FinetuningRecipe recipe, FinetuningTask task, string modelFolder, string folder, string? device = null)
    {
        (this.recipe, this.task, this.modelFolder) = (recipe, task, modelFolder);
        this.folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        this.device = TrainingParts.Device(device);
        workFolder = FinetuningResult.TrainingFolder(this.folder);
        checkpoints = new CheckpointDirectory(workFolder, keep: 1);
        epochs = recipe.EpochsOf(task.Dataset.Task);
    }

    /// <summary>Whether the weights stay; without them the folder holds the result alone.</summary>
    public bool KeepModel { get; init; } = true;

    /// <summary>Told about once a second where the run stands.</summary>
    public Action<FinetuningProgress>? Progress { get; init; }

    /// <summary>Told after each batch of an evaluation, on dev or on the test: the run gets on.</summary>
    public Action? EvaluationGetsOn { get; init; }

    /// <summary>Told how each epoch ended.</summary>
    public Action<EpochResult>? EpochEnded { get; init; }

    /// <summary>Trains, and at the end of the last epoch tests the best one and writes the folder.</summary>
    /// <param name="trainTo">Stop after so many epochs in all, leaving a checkpoint; null for the recipe's end.</param>
    /// <exception cref="InputException">Data, model, folder or the checkpoint of an earlier run are not usable, another process is at this run, or the loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled; the epochs done are kept.</exception>
    public FinetuningOutcome Run(int? trainTo = null, CancellationToken cancellation = default)
    {
        var outcome = TrainAndTest(trainTo, cancellation);
        // Not before the lock is given back, whose file lies among them: on NFS a file that is open stays, and its folder with it.
        if (outcome.Result is not null)
            DeleteCheckpoints();
        return outcome;
    }

    /// <summary>Epochs that a run which was stopped or killed has left, and goes on from.</summary>
    public int EpochsDone => (int)(checkpoints.FindLatest()?.Step ?? 0);

    /// <summary>The time that the whole run would take, from a few measured steps. Writes nothing.</summary>
    public FinetuningEstimate Estimate()
    {
        const int MeasuredSteps = 3;
        using var state = new FinetuningState(recipe, task, modelFolder, device);
        var data = new FinetuningData(task, recipe, BartCheckpoint.LoadTokenizer(modelFolder), state.Classifier.Bart.Config.MaxPositionEmbeddings);
        var weights = data.ClassWeights();
        // The first step also loads kernels and fills caches.
        var batches = data.Train.Epoch(task.Seed, 0, recipe.Batch).Take(MeasuredSteps + 1).ToList();
        var clock = new Stopwatch();
        foreach (var (batch, number) in batches.Select((batch, number) => (batch, number)))
        {
            if (number == 1 || batches.Count == 1)
                clock.Start();
            using var loss = FinetuningStep.Run(state, [batch], 0, recipe.Optimizer.MaxNorm(), weights);
            _ = loss.item();
        }
        var secondsPerExample = clock.Elapsed.TotalSeconds / batches.Skip(batches.Count > 1 ? 1 : 0).Sum(batch => batch.Labels.Length);
        // Inference takes about a third of a training step, which goes backward too.
        var inference = secondsPerExample / 3 * (recipe.BothStrands ? 2 : 1);
        return new FinetuningEstimate(
            epochs,
            TimeSpan.FromSeconds((data.Train.Count * secondsPerExample) + (data.Dev.Count * inference)),
            TimeSpan.FromSeconds(task.Dataset.Rows(GueSplit.Test) * inference));
    }

    private FinetuningOutcome TrainAndTest(int? trainTo, CancellationToken cancellation)
    {
        var pretrained = CheckpointManifest.Sha256OfWeights(modelFolder);
        var identity = Identity(pretrained);
        if (Directory.Exists(folder))
            return Finished(identity);
        if (File.Exists(folder))
            throw new InputException($"{folder}: is a file; choose another folder");
        using var state = new FinetuningState(recipe, task, modelFolder, device);
        var tokenizer = BartCheckpoint.LoadTokenizer(modelFolder);
        var data = new FinetuningData(task, recipe, tokenizer, state.Classifier.Bart.Config.MaxPositionEmbeddings);
        using var alone = checkpoints.Lock();
        // Another process may have ended the run meanwhile.
        if (Directory.Exists(folder))
            return Finished(identity);
        if (checkpoints.FindLatest() is { } latest)
        {
            if (CheckpointManifest.Read(latest.Folder)!.Recipe != identity)
                throw new InputException($"{workFolder}: holds a run of another recipe, task, data, seed or model; delete it, or choose another folder");
            state.Load(latest.Folder);
        }
        var last = Math.Min(trainTo ?? epochs, epochs);
        var firstEpoch = state.Epochs.Count;
        var clock = Stopwatch.StartNew();
        while (state.Epochs.Count < last && !IsStoppedEarly(state))
        {
            clock.Restart();
            TrainEpoch(state, data, last, cancellation);
            state.Seconds += clock.Elapsed.TotalSeconds;
            checkpoints.Save(state.Epochs.Count, identity, state.Save);
        }
        if (last < epochs && !IsStoppedEarly(state))
            return new FinetuningOutcome(state.BestScore, state.Seconds, null);
        var result = Test(state, data, pretrained, cancellation);
        CheckpointDirectory.WriteFolder(folder, identity, path =>
        {
            result.Write(path);
            if (!KeepModel)
                return;
            state.Classifier.Save(path);
            tokenizer.Save(Path.Combine(path, BpeTokenizer.FileName));
        });
        return new FinetuningOutcome(state.BestScore, result.Seconds, result);
    }

    /// <summary>What makes runs the same: they end in the same weights. The test set has no part in it, and is not opened for it.</summary>
    private string Identity(string pretrained) => JsonSerializer.Serialize(new
    {
        task = task.Dataset.Task,
        seed = task.Seed,
        pretrained,
        train = task.Folder.Sha256(task.Dataset, GueSplit.Train),
        dev = task.Folder.Sha256(task.Dataset, GueSplit.Dev),
        recipe = recipe.Json,
    });

    /// <summary>The outcome of a run that had ended before: its folder is there.</summary>
    private FinetuningOutcome Finished(string identity)
    {
        if (CheckpointManifest.Verify(folder)?.Recipe != identity || FinetuningResult.Read(folder) is not { } result)
            throw new InputException($"{folder}: is there already, and not the result of this recipe, task, data, seed and model; choose another folder");
        return new FinetuningOutcome(result.ToRun("").DevScore, result.Seconds, result);
    }

    private void DeleteCheckpoints()
    {
        try
        {
            if (Directory.Exists(workFolder))
                Directory.Delete(workFolder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // They cost room on the disk, and nothing else.
        }
    }

    private bool IsStoppedEarly(FinetuningState state) =>
        recipe.Patience is { } patience && state.Epochs.Count - state.BestEpoch >= patience && state.Epochs.Count > 0;

    private void TrainEpoch(FinetuningState state, FinetuningData data, int lastEpoch, CancellationToken cancellation)
    {
        var epoch = state.Epochs.Count;
        var optimizer = recipe.Optimizer;
        if (recipe.WarmupSteps is { } warmup)
        {
            var stepsPerEpoch = Math.Ceiling((double)data.Train.Epoch(task.Seed, 0, recipe.Batch).Count() / recipe.Batch.Accumulation);
            optimizer = optimizer with { Warmup = Math.Min(1, warmup / (stepsPerEpoch * epochs)) };
        }
        var weights = data.ClassWeights();
        using var total = torch.zeros([], device: device).DetachFromDisposeScope();
        var seen = 0;
        var clock = Stopwatch.StartNew();
        foreach (var batches in data.Train.Epoch(task.Seed, epoch, recipe.Batch).Chunk(recipe.Batch.Accumulation))
        {
            cancellation.ThrowIfCancellationRequested();
            // Dropout draws from torch's generators. Seeded anew for each step, they hold nothing that a checkpoint would have to keep.
            torch.manual_seed(new CounterRandom(task.Seed, RandomStreams.Dropout, (ulong)state.Step).NextUInt64());
            var rows = batches.Sum(batch => batch.Labels.Length);
            var learningRate = optimizer.At((epoch + ((double)seen / data.Train.Count)) / epochs);
            using (var loss = FinetuningStep.Run(state, batches, learningRate, optimizer.MaxNorm(), weights))
            using (torch.no_grad())
                total.add_(loss, rows);
            state.Step++;
            seen += rows;
            if (Progress is not null && sinceProgress.Elapsed > ProgressInterval)
            {
                sinceProgress.Restart();
                var share = (double)seen / data.Train.Count;
                Progress(new FinetuningProgress(epoch + 1, lastEpoch, share, total.item() / seen, clock.Elapsed * ((lastEpoch - epoch - share) / share)));
            }
        }
        var (dev, devLoss) = state.OptimizerStep.Compute(() => Evaluate(state.Classifier, data.Dev, cancellation));
        var trainLoss = total.item() / seen;
        if (!double.IsFinite(trainLoss) || !double.IsFinite(devLoss))
            throw new InputException($"epoch {epoch + 1}: the loss is {trainLoss}; the run diverged. Lower the learning rate or add warm-up");
        var ended = new EpochResult(epoch + 1, trainLoss, devLoss, dev.Rows);
        state.Add(ended, task.Dataset.Score(dev));
        EpochEnded?.Invoke(ended);
    }

    private FinetuningResult Test(FinetuningState state, FinetuningData data, string pretrained, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var trained = state.Trained.Sum(parameter => parameter.numel());
        state.Finish();
        var (test, _) = state.OptimizerStep.Compute(() => Evaluate(state.Classifier, data.ReadTest(), cancellation));
        return new FinetuningResult
        {
            Tool = CheckpointManifest.ThisTool,
            Task = task.Dataset.Task,
            Seed = task.Seed,
            Recipe = JsonNode.Parse(recipe.Json, documentOptions: new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip })!,
            Pretrained = pretrained,
            Device = $"{device}",
            TrainRows = data.Train.Count,
            AllTrainRows = data.AllTrainRows,
            CutSequences = data.CutSequences,
            TrainedParameters = trained,
            Epochs = [.. state.Epochs],
            BestEpoch = state.BestEpoch,
            Test = test.Rows,
            TestMcc = test.Mcc,
            TestAccuracy = test.Accuracy,
            TestMacroF1 = test.MacroF1,
            Collapsed = test.IsCollapsed,
            Seconds = state.Seconds + clock.Elapsed.TotalSeconds,
        };
    }

    /// <summary>Calls each sequence the class that is most probable; the mean negative log-likelihood of the true ones.</summary>
    private (ConfusionMatrix Matrix, double Loss) Evaluate(BartClassifier classifier, LabelledTokens data, CancellationToken cancellation)
    {
        var training = classifier.training;
        classifier.eval();
        var matrix = new ConfusionMatrix(classifier.Config.Labels.Count);
        var loss = 0.0;
        foreach (var (probabilities, label) in classifier.Probabilities(data.Forward, data.Reverse, EvaluationGetsOn, cancellation).Zip(data.Labels))
        {
            matrix.Add(label, Array.IndexOf(probabilities, probabilities.Max()));
            loss -= Math.Log(Math.Max(probabilities[label], double.Epsilon)) / data.Count;
        }
        if (training)
            classifier.train();
        return (matrix, loss);
    }
}
