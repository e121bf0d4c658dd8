using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DnaBart.Correction;
using DnaBart.IO;

namespace DnaBart.Checkpoints;

/// <summary>The <c>manifest.json</c> of a checkpoint folder: what wrote it, from which recipe and genome, and each file's size and SHA-256, so that
/// damage is found on loading and not in the results.</summary>
/// <param name="Tool">The program and version that wrote the folder.</param>
/// <param name="Recipe">The recipe's JSON text; empty where there is none.</param>
/// <param name="Genome">The fingerprint of the genome that a pretrained model was trained on; empty where it is not known.</param>
/// <param name="From">The SHA-256 of the weights that a pretrained model's training began with; empty for random ones, or where they are not known.</param>
/// <param name="Files">The files, by name.</param>
public sealed record CheckpointManifest(string Tool, string Recipe, string Genome, string From, IReadOnlyList<CheckpointManifest.Entry> Files)
{
    public const string FileName = "manifest.json";

    /// <summary>A model's weights, in its folder.</summary>
    public const string WeightsFile = "model.safetensors";

    private const int Format = 1;

    /// <summary>One file of the folder.</summary>
    /// <param name="Sha256">Lower-case hexadecimal.</param>
    public sealed record Entry(string Name, long Bytes, string Sha256);

    /// <summary>This program's name and version.</summary>
    public static string ThisTool { get; } = $"DnaBart {typeof(CheckpointManifest).Assembly.GetName().Version!.ToString(3)}";

    /// <summary>The SHA-256 of a file, in lower-case hexadecimal.</summary>
    public static string Sha256(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>The SHA-256 of a model's weights, from its manifest where it has one, in lower-case hexadecimal.</summary>
    /// <exception cref="InputException">There are none in the folder, or it does not agree with its manifest.</exception>
    public static string Sha256OfWeights(string folder)
    {
        var path = Path.Combine(folder, WeightsFile);
        if (!File.Exists(path))
            throw new InputException($"{path}: no such file; expected a pretrained model's folder");
        return Verify(folder)?.Files.FirstOrDefault(file => file.Name == WeightsFile)?.Sha256 ?? Sha256(path);
    }

    /// <summary>Flushes every file of a folder to the disk, sums it up and writes the manifest.</summary>
    internal static void Seal(string folder, string recipe, string genome, string from)
    {
        var files = new List<Entry>();
        foreach (var path in Directory.GetFiles(folder).Where(path => Path.GetFileName(path) != FileName).Order(StringComparer.Ordinal))
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            stream.Flush(flushToDisk: true);
            files.Add(new Entry(Path.GetFileName(path), stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream))));
        }
        AtomicFile.WriteAllText(Path.Combine(folder, FileName), new CheckpointManifest(ThisTool, recipe, genome, from, files).ToJson());
    }

    /// <summary>Replaces a text file of a sealed folder, or adds it, on purpose: with its line of the manifest, and none of the others. A folder without a
    /// manifest stays without. Where there is no room or the folder cannot be written to, nothing has changed.</summary>
    /// <exception cref="InputException">The manifest is malformed, or the folder cannot be written to.</exception>
    public static void ReplaceText(string folder, string name, string text)
    {
        using var file = AtomicFile.OfText(Path.Combine(folder, name), text);
        if (Read(folder) is not { } manifest)
        {
            file.Commit();
            return;
        }
        var bytes = Encoding.UTF8.GetBytes(text);
        var entry = new Entry(name, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        manifest = manifest with { Files = [.. manifest.Files.Where(other => other.Name != name).Append(entry).OrderBy(other => other.Name, StringComparer.Ordinal)] };
        using var renewed = AtomicFile.OfText(Path.Combine(folder, FileName), manifest.ToJson());
        // Between these two renames the folder does not agree with its manifest.
        file.Commit();
        renewed.Commit();
    }

    /// <summary>Reads a folder's manifest; null where it has none, as with models of other programs.</summary>
    /// <exception cref="InputException">The manifest is malformed.</exception>
    public static CheckpointManifest? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return !File.Exists(path) ? null : StrictJsonObject.ReadFile(path, json =>
        {
            json.Integer("format", Format, Format);
            return new CheckpointManifest(
                json.String("tool"),
                json.String("recipe"),
                json.String("genome", fallback: ""),
                json.String("from", fallback: ""),
                json.Objects("files", file => new Entry(file.String("name"), file.Integer("bytes", 0, long.MaxValue), file.String("sha256"))));
        });
    }

    /// <summary>Reads a folder's manifest and checks every file's size and SHA-256 against it, but those of the settings that people may choose by hand
    /// (<see cref="CorrectionSettings"/>).</summary>
    /// <exception cref="InputException">The folder is missing, or a file is missing or damaged; the message names it.</exception>
    public static CheckpointManifest? Verify(string folder)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: no such folder; a model folder (config.json, model.safetensors, tokenizer.json) is expected");
        var manifest = Read(folder);
        foreach (var file in manifest?.Files.Where(file => file.Name != CorrectionSettings.FileName) ?? [])
        {
            var path = Path.Combine(folder, file.Name);
            if (!File.Exists(path))
                throw new InputException($"{path}: missing, though {FileName} lists it; copy the whole folder again");
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            if (stream.Length != file.Bytes)
                throw new InputException($"{path}: {stream.Length} bytes where {FileName} says {file.Bytes}; the file is truncated or was changed; copy the whole folder again");
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) != file.Sha256)
                throw new InputException($"{path}: its SHA-256 is not the one in {FileName}; the file is damaged or was changed; copy the whole folder again");
        }
        return manifest;
    }

    private string ToJson()
    {
        var manifest = new JsonObject { ["format"] = Format, ["tool"] = Tool, ["recipe"] = Recipe };
        if (Genome.Length > 0)
            manifest["genome"] = Genome;
        if (From.Length > 0)
            manifest["from"] = From;
        manifest["files"] = new JsonArray(
            [.. Files.Select(file => new JsonObject { ["name"] = file.Name, ["bytes"] = file.Bytes, ["sha256"] = file.Sha256 })]);
        return manifest.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }
}
