using System.Text.Json.Nodes;
using DnaBart.Checkpoints;
using DnaBart.IO;

namespace DnaBart.Model.Pretraining;

/// <summary>What a run began with. It is kept beside the checkpoints before the first step, as <c>start.json</c>, so that a run which is resumed
/// before its first checkpoint, or much later, does not go by other weights.</summary>
/// <param name="Weights">The SHA-256 of the model's weights, in lower-case hexadecimal; empty for random ones.</param>
internal sealed record RunStart(string Weights)
{
    private const string FileName = "start.json";

    /// <summary>Random weights, or those of a model's folder.</summary>
    /// <exception cref="InputException">The folder is missing, damaged, or has no weights.</exception>
    public static RunStart Of(string? modelFolder)
    {
        if (modelFolder is null)
            return new RunStart("");
        CheckpointManifest.Verify(modelFolder);
        var file = Path.Combine(modelFolder, BartCheckpoint.WeightsFile);
        return File.Exists(file)
            ? new RunStart(CheckpointManifest.Sha256(file))
            : throw new InputException($"{file}: missing; a model folder (config.json, model.safetensors, tokenizer.json) is expected");
    }

    /// <summary>What a run's folder of checkpoints says; null where nothing is written there, as of a run that has not begun.</summary>
    /// <exception cref="InputException">The file is malformed.</exception>
    public static RunStart? Read(string checkpoints)
    {
        var file = Path.Combine(checkpoints, FileName);
        return File.Exists(file) ? StrictJsonObject.ReadFile(file, json => new RunStart(json.String("weights"))) : null;
    }

    public void Write(string checkpoints) =>
        AtomicFile.WriteAllText(Path.Combine(checkpoints, FileName), new JsonObject { ["weights"] = Weights }.ToJsonString() + "\n");
}
