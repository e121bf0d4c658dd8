using System.Collections.Immutable;
using System.Text.Json;
using DnaBart.Baselines;
using DnaBart.Checkpoints;
using DnaBart.Gue;
using DnaBart.IO;
using DnaBart.Pretraining;
using DnaBart.Sweeps;

namespace DnaBart.Finetuning;

/// <summary>The folder of a finetuning sweep: its journal, a folder a trial, the baselines computed so far, and the report.</summary>
public sealed class SweepFolder(string path)
{
    private const string BaselinesFile = "baselines.json", EndFile = "sweep.end.json";

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public string Journal => this["sweep.journal"];

    private string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Where a trial leaves its result.</summary>
    public string ResultOf(string trial) => System.IO.Path.Combine(this["trials"], trial);

    /// <summary>Keeps every other process from a trial's files until it is disposed of.</summary>
    /// <param name="patience">How long to wait for a process that is at them.</param>
    /// <exception cref="InputException">Another process is at them, or the lock cannot be made.</exception>
    public IDisposable Lock(string trial, TimeSpan patience, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(this["locks"]);
        var path = System.IO.Path.Combine(this["locks"], trial.Replace('/', '_'));
        return LockFile.Take(path, $"{trial}: another process trains it", patience, cancellation);
    }

    /// <summary>Deletes the checkpoints of a trial that goes on no more.</summary>
    /// <param name="patience">How long to wait for a process that trains it to end.</param>
    /// <exception cref="InputException">It has not ended.</exception>
    /// <exception cref="IOException">They cannot be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">They cannot be deleted.</exception>
    public void DeleteCheckpoints(string trial, TimeSpan patience)
    {
        using var held = Lock(trial, patience);
        var folder = FinetuningResult.TrainingFolder(ResultOf(trial));
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>Reads the end that <see cref="WriteEnd"/> left, or else the journal.</summary>
    /// <exception cref="InputException">There is none, or it is corrupt.</exception>
    public SweepState ReadState()
    {
        if (!File.Exists(this[EndFile]))
            return SweepJournal.Read(Journal).State;
        try
        {
            return JsonSerializer.Deserialize<SweepState>(File.ReadAllText(this[EndFile]), SweepJournal.Json)!;
        }
        catch (JsonException e)
        {
            throw InputException.At(this[EndFile], (e.LineNumber ?? 0) + 1, $"the end of a sweep expected, as a cluster's coordinator writes it: {e.Message}");
        }
    }

    /// <summary>Keeps the end of a sweep whose states were not kept in the journal, but by a cluster.</summary>
    public void WriteEnd(SweepState state) => AtomicFile.WriteAllText(this[EndFile], JsonSerializer.Serialize(state, SweepJournal.Json) + "\n");

    /// <summary>The report of the trials that are complete, the k-mer baseline beside them.</summary>
    /// <param name="progress">Told of each baseline before it is computed: that takes up to minutes for a large set.</param>
    public GueReport Report(SweepState state, Action<string> progress, CancellationToken cancellation)
    {
        var results = new List<(TrialSpec Trial, FinetuningResult Result)>();
        var unfinished = new List<string>();
        foreach (var trial in state.Trials)
        {
            if (trial.Status == TrialStatus.Completed && FinetuningResult.Read(ResultOf(trial.Spec.Id)) is { } result)
                results.Add((trial.Spec, result));
            else
                unfinished.Add($"{trial.Spec.Id}: {Reason(trial)}");
        }
        var settings = state.Plan.Settings.Select(FinetuningSetting.Of).ToList();
        var rows = settings.Select(setting => setting.Recipe.TrainRows).Distinct().ToList();
        // Settings that train on samples of different sizes have no baseline in common but that of the whole set.
        var baselines = Baselines(state.Plan.Tasks, settings[0].Data, rows.Count == 1 ? rows[0] : null, progress, cancellation);
        var differences = settings.Select(setting => Pretraining(setting.Model)).Distinct().Concat(ReplacedModels(results));
        var runs = results.Select(result => result.Result.ToRun(result.Trial.Setting.Name));
        return GueReport.Build($"GUE: {state.Plan.Name}", differences, runs, baselines, Selections(state.Trials), unfinished);
    }

    /// <summary>The models that changed between trials, so that figures of two stand in one table.</summary>
    private static IEnumerable<string> ReplacedModels(IEnumerable<(TrialSpec Trial, FinetuningResult Result)> results)
    {
        foreach (var model in results.GroupBy(result => FinetuningSetting.Of(result.Trial.Setting).Model))
        {
            var others = model.GroupBy(result => result.Result.Pretrained).OrderByDescending(weights => weights.Count()).Skip(1).SelectMany(weights => weights).ToList();
            if (others.Count > 0)
            {
                yield return $"{model.Key} was replaced while the sweep ran: {string.Join(", ", others.Select(other => other.Trial.Id))} began with other weights "
                    + "than the rest; plan a sweep anew to compare them";
            }
        }
    }

    /// <summary>What early stopping means for the figures of a task whose trials it has ended.</summary>
    private static Dictionary<string, string> Selections(IEnumerable<TrialState> trials) => trials.GroupBy(trial => trial.Spec.Task)
        .Select(task => (task.Key, Stopped: task.Count(trial => trial.Status == TrialStatus.Stopped), All: task.Count()))
        .Where(task => task.Stopped > 0)
        .ToDictionary(task => task.Key, task => $"early stopping ended {task.Stopped} of {task.All} trials, those that were worse on dev: "
            + "seeds too were chosen so, and the mean of all may be lower");

    private Dictionary<string, double> Baselines(
        ImmutableArray<string> tasks, string data, int? trainRows, Action<string> progress, CancellationToken cancellation)
    {
        var file = this[BaselinesFile];
        var known = KnownBaselines(file);
        var figures = new Dictionary<string, double>();
        foreach (var task in tasks)
        {
            cancellation.ThrowIfCancellationRequested();
            var key = trainRows is null ? task : $"{task}, {trainRows} rows";
            if (!known.TryGetValue(key, out var figure))
            {
                progress($"k-mer baseline of {key}");
                var dataset = GueCatalogue.Find(task);
                figure = 100 * dataset.Score(KmerBaseline.Run(new GueFolder(data), dataset, trainRows).Test);
                known[key] = figure;
                AtomicFile.WriteAllText(file, JsonSerializer.Serialize(known) + "\n");
            }
            figures[task] = figure;
        }
        return figures;
    }

    private static SortedDictionary<string, double> KnownBaselines(string file)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<SortedDictionary<string, double>>(File.ReadAllText(file)) ?? [] : [];
        }
        catch (JsonException e)
        {
            throw InputException.At(file, (e.LineNumber ?? 0) + 1, $"the baselines of an earlier report expected ({e.Message}); delete it, and they are computed anew");
        }
    }

    /// <summary>How a model was pretrained, in words.</summary>
    private static string Pretraining(string model) =>
        Directory.Exists(model) && CheckpointManifest.Read(model) is { Recipe.Length: > 0 } manifest
            ? $"pretrained by the recipe \"{PretrainingRecipe.Parse(manifest.Recipe, model).Description}\""
            : "pretrained in a way that the model's folder does not say";

    private static string Reason(TrialState trial) => trial.Status switch
    {
        TrialStatus.Failed => $"given up: {trial.Problem}",
        TrialStatus.Stopped => "ended early, other trials of the task did better",
        TrialStatus.Cancelled => "cancelled",
        TrialStatus.Completed => "its result file is missing",
        _ => "not finished",
    };
}
