using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using DnaBart.Gue;
using DnaBart.IO;
using DnaBart.Metrics;

namespace DnaBart.Finetuning;

/// <summary>How an epoch ended.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="TrainLoss">Mean loss of the epoch's examples, dropout active.</param>
/// <param name="DevLoss">Mean negative log-likelihood on dev.</param>
/// <param name="Dev">Confusion matrix on dev, a row a true class.</param>
public sealed record EpochResult(int Epoch, double TrainLoss, double DevLoss, long[][] Dev);

/// <summary>What finetuning came to: the content of <c>result.json</c>. The best epoch on dev was measured on test, once.</summary>
public sealed record FinetuningResult
{
    public const string FileName = "result.json";

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>The program and version.</summary>
    public required string Tool { get; init; }

    public required string Task { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>The recipe, whole.</summary>
    public required JsonNode Recipe { get; init; }

    /// <summary>The SHA-256 of the pretrained weights.</summary>
    public required string Pretrained { get; init; }

    /// <summary>The device that it ran on, such as <c>cpu</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Rows trained on.</summary>
    public required int TrainRows { get; init; }

    /// <summary>Rows of the train set.</summary>
    public required int AllTrainRows { get; init; }

    /// <summary>Sequences of all splits that were too long for the model and were cut.</summary>
    public required int CutSequences { get; init; }

    /// <summary>Numbers that training changed.</summary>
    public required long TrainedParameters { get; init; }

    public required ImmutableArray<EpochResult> Epochs { get; init; }

    /// <summary>The epoch whose weights were kept: the best by the task's metric on dev, the first of equals.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>Confusion matrix on test, a row a true class.</summary>
    public required long[][] Test { get; init; }

    public required double TestMcc { get; init; }

    public required double TestAccuracy { get; init; }

    public required double TestMacroF1 { get; init; }

    /// <summary>Whether every test sequence was called the same class: the model learned nothing.</summary>
    public required bool Collapsed { get; init; }

    /// <summary>Time of training and test.</summary>
    public required double Seconds { get; init; }

    /// <summary>The run as the GUE report takes it.</summary>
    /// <param name="setting">The name of its hyper-parameters.</param>
    public GueRun ToRun(string setting)
    {
        var dataset = GueCatalogue.Find(Task);
        return new GueRun(
            Task, setting, checked((int)Seed), dataset.Score(ConfusionMatrix.FromRows(Epochs[BestEpoch - 1].Dev)), TestMcc, TestAccuracy, TestMacroF1, Seconds,
            ConfusionMatrix.FromRows(Test),
            [.. Epochs.Select(epoch => new LossPoint(epoch.Epoch, epoch.TrainLoss, epoch.DevLoss))],
            string.Join("; ", Deviations(dataset)) is { Length: > 0 } text ? text : null);
    }

    /// <summary>Writes <c>result.json</c> into a folder.</summary>
    public void Write(string folder) => AtomicFile.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Options) + "\n");

    /// <summary>Where the checkpoints of a run lie while it lasts: beside the folder of its result.</summary>
    public static string TrainingFolder(string folder) => folder + ".training";

    /// <summary>Reads a folder's <c>result.json</c>; null where there is none.</summary>
    /// <exception cref="InputException">It is malformed.</exception>
    public static FinetuningResult? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<FinetuningResult>(File.ReadAllText(path), Options) : null;
        }
        catch (JsonException e)
        {
            throw InputException.At(path, (e.LineNumber ?? 0) + 1, $"not the result of a finetuning: {e.Message}");
        }
    }

    private IEnumerable<string> Deviations(GueDataset dataset)
    {
        if (AllTrainRows != dataset.Rows(GueSplit.Train))
            yield return $"the train set has {AllTrainRows:N0} rows, the published one {dataset.Rows(GueSplit.Train):N0}";
        if (TrainRows < AllTrainRows)
            yield return $"trained on {TrainRows:N0} of {AllTrainRows:N0} rows";
        if (CutSequences > 0)
            yield return $"{CutSequences:N0} sequences cut to the model's length";
    }
}
