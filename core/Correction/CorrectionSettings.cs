using System.Text.Json;
using DnaBart.Checkpoints;
using DnaBart.IO;

namespace DnaBart.Correction;

/// <summary>How a model corrects reads: the file <c>correction.json</c> of its folder,
/// <c>{ "window_bases": 250, "threshold": 0, "quality_weight": 1, "model_offset": 0 }</c>.</summary>
/// <param name="WindowBases">The longest sequence that the model was trained on, in bases; longer reads are cut into windows.</param>
/// <param name="Threshold">Natural log-odds by which a change must win (<see cref="NoisyChannel"/>).</param>
/// <param name="QualityWeight">How much of the qualities counts against a change, from 0 to 1.</param>
/// <param name="ModelOffset">Added to the model's log-odds of a change (<see cref="NoisyChannel"/>).</param>
public sealed record CorrectionSettings(int WindowBases, double Threshold, double QualityWeight, double ModelOffset = CorrectionSettings.NoOffset)
{
    public const string FileName = "correction.json";

    /// <summary>Where model and qualities are calibrated, more than even odds are a gain.</summary>
    public const double EvenOdds = 0;

    /// <summary>Until calibrated, qualities count in full: the cautious side.</summary>
    public const double FullQuality = 1;

    /// <summary>Until calibrated, the model's odds count as they are.</summary>
    public const double NoOffset = 0;

    private const double LargestThreshold = 1000;

    /// <summary>Reads the file of a model folder.</summary>
    /// <exception cref="InputException">It is missing, or a key is missing, unknown or out of range.</exception>
    public static CorrectionSettings Load(string modelFolder)
    {
        var file = Path.Combine(modelFolder, FileName);
        if (Directory.Exists(modelFolder) && !File.Exists(file))
        {
            throw new InputException($"{file}: missing; pretraining writes it, for another model make it by hand: "
                + """{ "window_bases": N, "threshold": 0 }, N being the longest sequence in bases that the model was trained on""");
        }
        return StrictJsonObject.ReadFile(file, json => new CorrectionSettings(
            (int)json.Integer("window_bases", 1, int.MaxValue),
            json.Number("threshold", -LargestThreshold, LargestThreshold, EvenOdds),
            json.Number("quality_weight", 0, 1, FullQuality),
            json.Number("model_offset", -LargestThreshold, LargestThreshold, NoOffset)));
    }

    /// <summary>Writes the file into a model folder, with its line of the folder's manifest.</summary>
    /// <inheritdoc cref="CheckpointManifest.ReplaceText" path="/exception"/>
    public void Save(string modelFolder) => CheckpointManifest.ReplaceText(
        modelFolder,
        FileName,
        JsonSerializer.Serialize(new { window_bases = WindowBases, threshold = Threshold, quality_weight = QualityWeight, model_offset = ModelOffset }) + "\n");
}
