using System.Diagnostics;
using DnaBart.Batching;
using DnaBart.Checkpoints;
using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Noise;
using DnaBart.Pretraining;
using DnaBart.Torch;

namespace DnaBart.Model.Pretraining;

/// <summary>Where a run stands.</summary>
/// <param name="Examples">Examples seen, of <paramref name="TotalExamples"/>.</param>
/// <param name="Loss">The last step's mean loss a token.</param>
/// <param name="TokensPerSecond">Encoder and decoder tokens, padding not counted.</param>
/// <param name="Remaining">The time to the end at the pace so far.</param>
public sealed record PretrainingProgress(
    long Step, long Examples, long TotalExamples, double Loss, double LearningRate, double TokensPerSecond, TimeSpan Remaining);

/// <summary>Pretrains a model (III-C, IV-A of the paper). In its folder a run leaves <c>checkpoints/</c>, from which it can be resumed,
/// <c>metrics.csv</c> (a row a step), <c>evaluation.csv</c>, <c>curves.svg</c> and, at its end, <c>model/</c>. A run that was
/// killed and resumed computes what an unbroken one does on the same device, bit for bit.</summary>
public sealed class Pretrainer
{
    private const string MetricsHeader = "step,examples,epoch,learning_rate,loss,gradient_norm,tokens,padding_share,tokens_per_second";
    private const string EvaluationHeader = "step,corruption,held_out,tokens,accuracy,macro_f1,perplexity";

    /// <summary>Steps that a GPU may run ahead before their losses are read; reading waits for it. Rows of <c>metrics.csv</c> that are read together have
    /// one time: <c>benchmarks/cuda/figures.py</c> goes by this number.</summary>
    private const int StepsInFlight = 10;

    private readonly PretrainingRecipe recipe;
    private readonly Genome genome;
    private readonly string folder;
    private readonly Device device;
    private readonly string? from;
    private readonly CheckpointDirectory checkpoints;
    private readonly List<PendingStep> pending = [];
    private readonly Stopwatch clock = new();
    private long tokensSoFar;
    private long firstExample;
    private RunStart start = new("");

    private sealed record PendingStep(long Step, long Examples, double LearningRate, long Tokens, double PaddingShare, Tensor Loss, Tensor GradientNorm);

    /// <param name="folder">The run's folder; made if it is not there.</param>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>; null for the first GPU or else the CPU.</param>
    /// <param name="from">The folder of a model whose tokenizer and weights the run begins with; null to begin with random ones.</param>
    /// <exception cref="InputException">There is no such device.</exception>
    public Pretrainer(PretrainingRecipe recipe, Genome genome, string folder, string? device = null, string? from = null)
    {
        this.recipe = recipe;
        this.genome = genome;
        this.folder = folder;
        this.from = from;
        this.device = TrainingParts.Device(device);
        checkpoints = new CheckpointDirectory(CheckpointsPath, recipe.Checkpoints.Keep);
    }

    /// <summary>Told where the run stands after each step whose loss is known.</summary>
    public Action<PretrainingProgress>? Progress { get; init; }

    /// <summary>Told the results of each evaluation, with its step.</summary>
    public Action<long, IReadOnlyList<EvaluationResult>>? Evaluated { get; init; }

    /// <summary>Told of what a resumed run passes over.</summary>
    public Action<string>? Noted { get; init; }

    /// <summary>The folder of the finished model.</summary>
    public string ModelFolder => Path.Combine(folder, "model");

    /// <summary>Runs to the end. When cancelled, saves a checkpoint first.</summary>
    /// <param name="resume">Goes on from the newest whole checkpoint, or begins if there is none; otherwise a folder that already holds a
    /// run is refused.</param>
    /// <exception cref="InputException">The folder holds a run and <paramref name="resume"/> is false, or a run of another recipe, genome or start, or one
    /// whose checkpoints are all damaged, or that another process is at; or the recipe's windows do not fit the model.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void Run(bool resume, CancellationToken cancellation = default)
    {
        using var alone = checkpoints.Lock();
        using var state = Open(resume);
        var firstStep = state.Step;
        var windows = new GenomeWindows(genome.Sequences, recipe.Data, recipe.Seed);
        var examples = new DenoisingExamples(windows, state.Tokenizer, recipe.Data, state.Bart.Config.MaxPositionEmbeddings);
        if (state.Step == 0)
            examples.RequireRoom(recipe.Corruption, recipe.Seed);
        var stream = new DenoisingStream(recipe, state.Bart.Config, examples, windows.Bases);
        // Other weights may have known what this run holds out.
        var evaluation = new DenoisingEvaluation(
            recipe, genome, state.Tokenizer, state.Bart.Config.MaxPositionEmbeddings, isOfRun: recipe.Data.HoldOut == 0 || start.Weights.Length == 0);
        if (state.Step == 0)
            start.Write(CheckpointsPath);
        using var metrics = new MetricsLog(MetricsPath, MetricsHeader, state.Step);
        using var evaluations = new MetricsLog(EvaluationPath, EvaluationHeader, state.Step);
        firstExample = state.Position.Examples;
        clock.Start();

        // It was cancelled in the midst of this one.
        if (IsEvaluated(state, stream.TotalExamples) && !MetricsLog.Rows(EvaluationPath).Any(row => MetricsLog.StepOf(row) == state.Step))
        {
            Evaluate(state, evaluation, metrics, evaluations, stream.TotalExamples, cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
        var batches = new List<DenoisingBatch>();
        OrderedPipeline.Run(stream.From(state.Position), (item, _) => item, item =>
        {
            batches.Add(item.Batch);
            if (batches.Count < recipe.Batch.Accumulation && item.Next.Examples < stream.TotalExamples)
                return;
            Step(state, batches, item.Next, stream.TotalExamples);
            batches.Clear();
            if (pending.Count >= (device.Type == DeviceType.CPU ? 1 : StepsInFlight))
                Report(metrics, stream.TotalExamples);
            var ended = item.Next.Examples == stream.TotalExamples;
            if (IsEvaluated(state, stream.TotalExamples))
                Evaluate(state, evaluation, metrics, evaluations, stream.TotalExamples, cancellation);
            if (ended || cancellation.IsCancellationRequested || state.Step % recipe.Checkpoints.EverySteps == 0)
                Save(state, metrics, stream.TotalExamples);
            cancellation.ThrowIfCancellationRequested();
        }, workers: 2, CancellationToken.None);
        // Calibration, proofreading and a complement may have come to a finished model since.
        if (state.Step == firstStep && IsModelWritten())
            return;
        CheckpointDirectory.WriteFolder(ModelFolder, recipe.Json, model =>
        {
            state.SaveModel(model);
            new CorrectionSettings(recipe.Data.MaxBases, CorrectionSettings.EvenOdds, CorrectionSettings.FullQuality).Save(model);
        }, genome.Sha256, start.Weights);
    }

    private string CheckpointsPath => Path.Combine(folder, "checkpoints");

    private string MetricsPath => Path.Combine(folder, "metrics.csv");

    private string EvaluationPath => Path.Combine(folder, "evaluation.csv");

    private TrainingState Open(bool resume)
    {
        var damaged = new List<string>();
        var latest = checkpoints.FindLatest(damaged.Add);
        if (!resume && (latest is not null || damaged.Count > 0 || File.Exists(MetricsPath)))
            throw new InputException($"{folder}: already holds a run; resume it, or choose another folder");
        var begun = resume ? RunStart.Read(CheckpointsPath) : null;
        start = RunStart.Of(from);
        // Once there is a checkpoint, the run has its weights from there.
        if (from is null && latest is not null)
            start = begun ?? start;
        if (begun is not null && begun != start)
        {
            throw new InputException($"{folder}: this run began with "
                + (begun.Weights.Length == 0 ? "random weights; resume it from no model" : "the weights of another model; resume it from that one") + ", or choose another folder");
        }
        if (latest is not { } found)
        {
            return damaged.Count == 0
                ? TrainingState.Begin(recipe, genome, device, from)
                : throw new InputException($"{folder}: none of its checkpoints is whole; delete {CheckpointsPath} to begin anew ({damaged[0]})");
        }
        foreach (var problem in damaged)
            Noted?.Invoke($"step {found.Step} is the newest whole checkpoint; a later one is passed over: {problem}");
        if (CheckpointManifest.Read(found.Folder)!.Recipe != recipe.Json)
            throw new InputException($"{folder}: this run began with another recipe; give that one, or choose another folder");
        return TrainingState.Load(recipe, genome, device, found.Folder);
    }

    /// <summary>Whether the model's folder is whole and has the last checkpoint's weights.</summary>
    private bool IsModelWritten()
    {
        try
        {
            return WeightsOf(CheckpointManifest.Verify(ModelFolder)) is { } weights && weights == WeightsOf(CheckpointManifest.Read(checkpoints.FindLatest()!.Value.Folder));
        }
        catch (InputException)
        {
            return false;
        }

        static CheckpointManifest.Entry? WeightsOf(CheckpointManifest? manifest) => manifest?.Files.FirstOrDefault(file => file.Name == BartCheckpoint.WeightsFile);
    }

    private void Step(TrainingState state, List<DenoisingBatch> batches, DataPosition next, long totalExamples)
    {
        // Dropout draws from torch's generators. Seeded anew for each step, they hold nothing that a checkpoint would have to keep.
        torch.manual_seed(new CounterRandom(recipe.Seed, RandomStreams.Dropout, (ulong)state.Step).NextUInt64());
        state.Optimizer.lr = recipe.Optimizer.At((double)state.Position.Examples / totalExamples);
        var (loss, norm) = DenoisingStep.Run(state.Bart, state.OptimizerStep, batches, recipe.Optimizer.MaxNorm());
        state.Step++;
        state.Position = next;
        var tokens = batches.Sum(batch => batch.SourceTokens + batch.TargetTokens);
        var cells = batches.Sum(batch => (long)batch.Rows * (batch.SourceLength + batch.TargetLength));
        pending.Add(new PendingStep(
            state.Step, next.Examples, state.Optimizer.lr, tokens, 1 - ((double)tokens / cells),
            loss.DetachFromDisposeScope(), norm.DetachFromDisposeScope()));
    }

    private void Report(MetricsLog metrics, long totalExamples)
    {
        foreach (var step in pending)
        {
            using (step.Loss)
            using (step.GradientNorm)
            {
                var (loss, norm) = ((float)step.Loss.item(), (float)step.GradientNorm.item());
                tokensSoFar += step.Tokens;
                var seconds = clock.Elapsed.TotalSeconds;
                var speed = tokensSoFar / seconds;
                metrics.Add(
                    step.Step, step.Examples, ((double)step.Examples * recipe.Data.Epochs / totalExamples).ToString("F4"), step.LearningRate.ToString("G6"), loss, norm,
                    step.Tokens, step.PaddingShare.ToString("F4"), Math.Round(speed));
                var remaining = seconds * (totalExamples - step.Examples) / (step.Examples - firstExample);
                Progress?.Invoke(new PretrainingProgress(
                    step.Step, step.Examples, totalExamples, loss, step.LearningRate, speed, TimeSpan.FromSeconds(remaining)));
                if (!float.IsFinite(loss))
                    throw new InputException($"step {step.Step}: the loss is {loss}; the run diverged. Lower the learning rate or add warm-up, and begin anew");
            }
        }
        pending.Clear();
    }

    private bool IsEvaluated(TrainingState state, long totalExamples) =>
        state.Step > 0 && (state.Position.Examples == totalExamples || state.Step % recipe.Evaluation.EverySteps == 0);

    /// <summary>When cancelled, leaves no results: the run is saved as it stands, and evaluates when it is resumed.</summary>
    private void Evaluate(
        TrainingState state, DenoisingEvaluation evaluation, MetricsLog metrics, MetricsLog evaluations, long totalExamples, CancellationToken cancellation)
    {
        Report(metrics, totalExamples);
        clock.Stop();
        IReadOnlyList<EvaluationResult> results;
        try
        {
            results = evaluation.Run(state.Bart, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
        foreach (var result in results)
        {
            evaluations.Add(
                state.Step, result.Corruption, result.Sequence == EvaluatedSequence.HeldOut ? 1 : 0, result.Metrics.Tokens, result.Metrics.Accuracy, result.Metrics.MacroF1,
                result.Metrics.Perplexity);
        }
        Evaluated?.Invoke(state.Step, results);
        Draw();
        clock.Start();
    }

    private void Save(TrainingState state, MetricsLog metrics, long totalExamples)
    {
        Report(metrics, totalExamples);
        clock.Stop();
        checkpoints.Save(state.Step, recipe.Json, path => state.Save(path, genome));
        clock.Start();
    }

    private void Draw()
    {
        var losses = MetricsLog.Rows(MetricsPath).Select(row => (MetricsLog.StepOf(row), double.Parse(row.Split(',')[4]))).ToList();
        var accuracies = MetricsLog.Rows(EvaluationPath).Select(row => row.Split(','))
            .GroupBy(row => row[1], row => (long.Parse(row[0]), double.Parse(row[4])))
            .Select(group => (group.Key, (IReadOnlyList<(long, double)>)[.. group]));
        TrainingCurves.Write(Path.Combine(folder, "curves.svg"), losses, accuracies);
    }
}
