using DnaBart.Checkpoints;
using DnaBart.IO;
using DnaBart.Tokenization;
using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>Networks on disk in Hugging Face's layout: <c>config.json</c> and <c>model.safetensors</c> in one folder.</summary>
public static class BartCheckpoint
{
    public const string ConfigFile = BartConfig.FileName;
    public const string WeightsFile = CheckpointManifest.WeightsFile;

    // Hugging Face may write the tied table under its other names too, and leaves out a bias of zeros in some versions.
    private static readonly string[] Aliases = ["lm_head.weight", "model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight"];
    private const string OptionalBias = "final_logits_bias";

    /// <summary>Loads a network, ready for inference, in the type that suits the device: float32 on the CPU, bfloat16 on a GPU.</summary>
    /// <param name="dropout">Replaces the configuration's three dropout rates; null keeps them.</param>
    /// <exception cref="InputException">A file is missing or broken, or a tensor is missing, unknown or of another shape.</exception>
    public static Bart Load(string folder, Device device, ScalarType? type = null, double? dropout = null)
    {
        var config = LoadConfig(folder);
        if (dropout is { } rate)
            config = config.WithDropout(rate);
        var bart = new Bart(config);
        try
        {
            LoadWeights(bart, Path.Combine(folder, WeightsFile));
            bart.ComputeType = type ?? (device.Type == DeviceType.CUDA ? ScalarType.BFloat16 : ScalarType.Float32);
            bart.to(device, bart.ComputeType);
            bart.eval();
            return bart;
        }
        catch
        {
            bart.Dispose();
            throw;
        }
    }

    /// <summary>Loads the tokenizer of a network's folder.</summary>
    /// <exception cref="InputException">A file is missing or broken, or they do not belong together.</exception>
    public static BpeTokenizer LoadTokenizer(string folder)
    {
        var (config, tokenizer) = (LoadConfig(folder), BpeTokenizer.Load(folder));
        return tokenizer.VocabularySize <= config.VocabSize
            ? tokenizer
            : throw new InputException($"{folder}: {BpeTokenizer.FileName} has {tokenizer.VocabularySize} tokens and the model only "
                + $"{config.VocabSize}; they do not belong together");
    }

    private static BartConfig LoadConfig(string folder) => Directory.Exists(folder)
        ? BartConfig.Load(Path.Combine(folder, ConfigFile))
        : throw new InputException($"{folder}: no such folder; expected a model with {ConfigFile} and {WeightsFile}");

    /// <summary>Writes both files; each is whole or absent.</summary>
    public static void Save(Bart bart, string folder) => Save(bart, bart.Config, folder);

    /// <summary>As <see cref="Save(Bart, string)"/>, for a network with more parts than the configuration names.</summary>
    internal static void Save(torch.nn.Module network, BartConfig config, string folder)
    {
        Directory.CreateDirectory(folder);
        config.Save(Path.Combine(folder, ConfigFile));
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), network.state_dict().Select(t => SafetensorsTensors.Source(t.Name, t.Tensor)));
    }

    /// <summary>Fills a network's parameters and buffers from a safetensors file, converting types where they differ.</summary>
    internal static void LoadWeights(torch.nn.Module network, string path)
    {
        using var file = SafetensorsFile.Open(path);
        using var guard = torch.no_grad();
        var expected = network.state_dict().ToDictionary(t => t.Name, t => t.Tensor);
        foreach (var entry in file.Tensors)
        {
            if (!expected.ContainsKey(entry.Name) && !Aliases.Contains(entry.Name))
                throw new InputException($"{path}: tensor {entry.Name} does not belong to the network that {ConfigFile} describes");
        }
        foreach (var (name, tensor) in expected)
        {
            if (name == OptionalBias && !file.Contains(name))
                continue;
            var entry = file[name];
            if (!entry.Shape.SequenceEqual(tensor.shape))
            {
                throw new InputException($"{path}: tensor {name} has shape [{string.Join(", ", entry.Shape)}] "
                    + $"where {ConfigFile} asks for [{string.Join(", ", tensor.shape)}]");
            }
            using var scope = torch.NewDisposeScope();
            tensor.copy_(SafetensorsTensors.Read(file, entry));
        }
    }
}
