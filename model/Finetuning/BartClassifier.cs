using DnaBart.Batching;
using DnaBart.Checkpoints;
using DnaBart.Finetuning;
using DnaBart.IO;
using DnaBart.Torch;
using static DnaBart.Torch.torch;
using static DnaBart.Torch.torch.nn.functional;

namespace DnaBart.Model.Finetuning;

/// <summary>BART with a classification head (IV-C of the paper): linear, ReLU, dropout, linear. The head's weights are
/// <c>classifier.dense</c> [d, d] and <c>classifier.out_proj</c> [classes, d]; BART's keep their names. Shapes below: B sequences, T tokens, d the model's width.</summary>
public sealed class BartClassifier : nn.Module
{
    /// <summary>Cells of a batch at inference: enough to keep a device busy, little enough for any.</summary>
    private const long InferenceTokens = 1 << 15;
    private const int InferenceRows = 256;

    private readonly nn.Linear dense, output;

    /// <summary>Puts a head with random weights from torch's generator on a network, which then belongs to the classifier.</summary>
    public BartClassifier(Bart bart, ClassifierConfig config)
    {
        (Bart, Config) = (register_module("", bart), config);
        using var guard = no_grad();
        dense = register_module("classifier.dense", new nn.Linear(bart.Config.DModel, bart.Config.DModel, bart.Config.InitStd));
        output = register_module("classifier.out_proj", new nn.Linear(bart.Config.DModel, config.Labels.Count, bart.Config.InitStd));
        foreach (var layer in new[] { dense, output })
            layer.to(bart.Device);
        if (config.Pooling == Pooling.EncoderMean)
        {
            foreach (var (name, parameter) in bart.named_parameters().Where(p => p.Name.StartsWith("model.decoder.", StringComparison.Ordinal)))
                parameter.requires_grad = false;
        }
    }

    public Bart Bart { get; }

    public ClassifierConfig Config { get; }

    /// <summary>Loads a finetuned folder, ready for inference.</summary>
    /// <exception cref="InputException">A file is missing or broken, or the folder holds no classifier.</exception>
    public static BartClassifier Load(string folder, Device device, ScalarType? type = null)
    {
        CheckpointManifest.Verify(folder);
        var configPath = Path.Combine(folder, BartCheckpoint.ConfigFile);
        var config = BartConfig.Load(configPath);
        var head = ClassifierConfig.Of(config, configPath);
        var classifier = new BartClassifier(new Bart(config), head);
        try
        {
            BartCheckpoint.LoadWeights(classifier, Path.Combine(folder, BartCheckpoint.WeightsFile));
            classifier.Bart.ComputeType = type ?? (device.Type == DeviceType.CUDA ? ScalarType.BFloat16 : ScalarType.Float32);
            // The head computes in float32 on every device.
            classifier.to(device);
            classifier.Bart.to(device, classifier.Bart.ComputeType);
            classifier.eval();
            return classifier;
        }
        catch
        {
            classifier.Dispose();
            throw;
        }
    }

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>.</summary>
    public void Save(string folder) => BartCheckpoint.Save(this, Config.AddTo(Bart.Config), folder);

    /// <summary>Logits [B, classes] in float32 of sequences of token ids.</summary>
    public Tensor Logits(IReadOnlyList<int[]> rows)
    {
        var pooled = Pool(rows).to(ScalarType.Float32);
        return output.forward(dropout(relu(dense.forward(pooled)), Config.Dropout, training));
    }

    /// <summary>The probability of each class for each sequence, in the order of the sequences. Training mode must be off.</summary>
    /// <param name="batchEnded">Told after each batch.</param>
    public double[][] Probabilities(IReadOnlyList<int[]> rows, Action? batchEnded = null, CancellationToken cancellation = default)
    {
        using var guard = no_grad();
        var results = new double[rows.Count][];
        foreach (var batch in LengthBuckets.Plan([.. rows.Select(row => row.Length)], InferenceTokens, InferenceRows).Batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var flat = softmax(Logits(Array.ConvertAll(batch, i => rows[i])).to(ScalarType.Float64), -1).data<double>();
            var classes = Config.Labels.Count;
            for (var r = 0; r < batch.Length; r++)
                results[batch[r]] = flat[(r * classes)..((r + 1) * classes)];
            batchEnded?.Invoke();
        }
        return results;
    }

    /// <summary>As <see cref="Probabilities(IReadOnlyList{int[]}, Action, CancellationToken)"/>, the mean over both strands where there are two.</summary>
    public double[][] Probabilities(IReadOnlyList<int[]> forward, IReadOnlyList<int[]>? reverse, Action? batchEnded = null, CancellationToken cancellation = default)
    {
        var probabilities = Probabilities(forward, batchEnded, cancellation);
        return reverse is null
            ? probabilities
            : [.. probabilities.Zip(Probabilities(reverse, batchEnded, cancellation), (a, b) => a.Zip(b, (x, y) => (x + y) / 2).ToArray())];
    }

    /// <summary>The states [B, d] that the head sees.</summary>
    private Tensor Pool(IReadOnlyList<int[]> rows)
    {
        var (padding, start) = (Bart.Config.PadTokenId, Bart.Config.DecoderStartTokenId);
        var mask = TokenBatch.Mask(Bart, rows);
        var states = Bart.Encode(TokenBatch.Pad(rows, padding, Bart.Device), mask);
        if (Config.Pooling != Pooling.EncoderMean)
        {
            var target = rows.Select(row => TokenBatch.ShiftRight(row, start)).ToList();
            states = Bart.DecodeStates(TokenBatch.Pad(target, padding, Bart.Device), states, mask);
        }
        var length = states.size(1);
        if (Config.Pooling == Pooling.DecoderLast)
        {
            var last = TokenBatch.OnDevice([.. rows.Select((row, r) => (r * length) + row.Length - 1)], Bart.Device, rows.Count);
            return states.reshape(-1, states.size(2)).index_select(0, last);
        }
        if (mask is null)
            return states.mean(1);
        var weights = new float[rows.Count * length];
        for (var r = 0; r < rows.Count; r++)
            weights.AsSpan((int)(r * length), rows[r].Length).Fill(1f / rows[r].Length);
        return (states.to(ScalarType.Float32) * TokenBatch.OnDevice(weights, Bart.Device, rows.Count, length, 1)).sum(1);
    }
}
