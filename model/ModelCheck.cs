using DnaBart.Checkpoints;
using DnaBart.Torch;
using DnaBart.Training;

namespace DnaBart.Model;

/// <summary>One comparison of a model with recorded values.</summary>
/// <param name="Name">The recorded tensor.</param>
/// <param name="Difference">The largest absolute difference; for token ids the number of rows that differ; for what is computed in
/// bfloat16 the norm of the difference over the norm of the recorded value.</param>
/// <param name="Passed">Within tolerance; token ids must be exact.</param>
public sealed record CheckResult(string Name, double Difference, bool Passed);

/// <summary>Compares a checkpoint with what Hugging Face transformers computed from it: hidden states, logits, loss, greedy and
/// beam output, gradients, and five steps of AdamW; the forward pass once more in bfloat16. Then whether training twice from one seed,
/// dropout and all, gives the same numbers bit for bit. The recorded file names its tensors as <c>tests/data/README.md</c> lists.</summary>
public sealed class ModelCheck : IDisposable
{
    private const int MaxLength = 32;
    private const int Beams = 4;
    private const int Steps = 5;
    private const double PeakRate = 1e-3;
    private const double Bfloat16Tolerance = 2e-2;

    private readonly string folder;
    private readonly Device device;
    private readonly double tolerance;
    private readonly SafetensorsFile expected;
    private readonly int[][] sources, labels;

    /// <param name="device">As <see cref="Engine.Choose"/> takes it.</param>
    /// <param name="tolerance">For float32; generated ids must agree exactly.</param>
    public ModelCheck(string folder, string expectedFile, string? device, double tolerance = 1e-4)
    {
        (this.folder, this.device, this.tolerance) = (folder, Engine.Choose(device), tolerance);
        expected = SafetensorsFile.Open(expectedFile);
        var mask = Rows("attention_mask");
        sources = [.. Rows("input_ids").Select((row, r) => row[..mask[r].Sum()])];
        labels = [.. Rows("labels").Select(row => row.TakeWhile(label => label >= 0).ToArray())];
    }

    public void Dispose() => expected.Dispose();

    /// <summary>All comparisons, in the order of the recorded file's description; each part runs when it is asked for.</summary>
    public IEnumerable<CheckResult> Run() => new[] { Forward, Bfloat16, Generation, Training, Seeds }.SelectMany(part => part());

    private List<CheckResult> Forward()
    {
        using var scope = torch.NewDisposeScope();
        using var bart = BartCheckpoint.Load(folder, device, ScalarType.Float32);
        var mask = TokenBatch.Mask(bart, sources);
        var source = Padded(sources);
        var results = new List<CheckResult>();
        var memory = bart.Encode(source, mask);
        var logits = bart.Decode(DecoderInput(bart), memory, mask);
        // What stands at padding has no meaning and no use.
        results.Add(Compare("encoder_last_hidden_state", memory, rows: sources.Select(row => row.Length)));
        results.Add(Compare("logits", logits, rows: labels.Select(row => row.Length)));
        var loss = SequenceLoss.Mean(logits, labels);
        results.Add(Compare("loss", loss));
        loss.backward();
        var parameters = bart.named_parameters().ToDictionary(p => p.Name, p => p.Parameter);
        results.Add(Compare("grad0.shared", parameters["model.shared.weight"].grad!));
        results.Add(Compare("grad0.dec0.cross_q", parameters["model.decoder.layers.0.encoder_attn.q_proj.weight"].grad!));
        results.Add(Compare("grad0.enc0.fc1", parameters["model.encoder.layers.0.fc1.weight"].grad!));
        return results;
    }

    private List<CheckResult> Bfloat16()
    {
        using var guard = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        using var bart = BartCheckpoint.Load(folder, device, ScalarType.BFloat16);
        var mask = TokenBatch.Mask(bart, sources);
        var memory = bart.Encode(Padded(sources), mask);
        var logits = bart.Decode(DecoderInput(bart), memory, mask);
        return
        [
            CompareRelative("encoder_last_hidden_state", memory, sources.Select(row => row.Length)),
            CompareRelative("logits", logits, labels.Select(row => row.Length)),
            CompareRelative("loss", SequenceLoss.Mean(logits, labels)),
        ];
    }

    private List<CheckResult> Generation()
    {
        using var bart = BartCheckpoint.Load(folder, device, ScalarType.Float32);
        var greedy = GreedySearch.Generate(bart, sources, MaxLength);
        var hypotheses = new BeamSearch(bart, Beams, MaxLength).Generate(sources, best: 2).SelectMany(best => best).ToArray();
        var scores = expected.Read<float>("beam4_top2_scores");
        var largest = hypotheses.Select((h, i) => Math.Abs(h.Score - scores[i])).Max();
        return
        [
            CompareIds("greedy", greedy, bart.Config.PadTokenId),
            CompareIds("beam4_top2", [.. hypotheses.Select(h => h.Tokens)], bart.Config.PadTokenId),
            new CheckResult("beam4_top2_scores", largest, largest <= tolerance),
        ];
    }

    private List<CheckResult> Training()
    {
        using var scope = torch.NewDisposeScope();
        using var bart = BartCheckpoint.Load(folder, device, ScalarType.Float32);
        var losses = Train(bart);
        var parameters = bart.named_parameters().ToDictionary(p => p.Name, p => p.Parameter);
        return
        [
            Compare("train5.losses", torch.tensor(losses, Steps)),
            Compare("train5.shared", parameters["model.shared.weight"]),
            Compare("train5.enc0.fc1", parameters["model.encoder.layers.0.fc1.weight"]),
        ];
    }

    /// <summary>As pretraining computes on this device: float32 parameters, on a GPU with activations in bfloat16.</summary>
    private List<CheckResult> Seeds()
    {
        torch.use_deterministic_algorithms(true);
        var (first, second) = (TrainSeeded(), TrainSeeded());
        torch.use_deterministic_algorithms(false);
        var different = first.Zip(second).Count(pair => BitConverter.SingleToInt32Bits(pair.First) != BitConverter.SingleToInt32Bits(pair.Second));
        return [new CheckResult("same_seed", different, different == 0)];
    }

    private float[] TrainSeeded()
    {
        const ulong seed = 1;
        using var scope = torch.NewDisposeScope();
        using var bart = BartCheckpoint.Load(folder, device, ScalarType.Float32, dropout: 0.1);
        bart.ComputeType = ComputeDtype.BFloat16.On(device);
        torch.manual_seed(seed);
        return [.. Train(bart), .. bart.named_parameters().SelectMany(p => p.Parameter.detach().data<float>())];
    }

    private float[] Train(Bart bart)
    {
        using var optimizerStep = new OptimizerStep(
            new torch.optim.AdamW(bart.named_parameters(), PeakRate, weight_decay: 0.1), bart.named_parameters(), bart.ComputeType);
        bart.train();
        var losses = new float[Steps];
        for (var step = 0; step < Steps; step++)
        {
            using var stepScope = torch.NewDisposeScope();
            optimizerStep.Optimizer.lr = PeakRate * (Steps - step) / Steps;
            var (loss, _) = optimizerStep.Run([sources], batch => batch.Length, batch =>
            {
                var mask = TokenBatch.Mask(bart, batch);
                return SequenceLoss.Mean(bart.Decode(DecoderInput(bart), bart.Encode(Padded(batch), mask), mask), labels);
            }, double.PositiveInfinity);
            losses[step] = (float)loss.item();
        }
        return losses;
    }

    private Tensor Padded(int[][] rows) => TokenBatch.Pad(rows, padding: 1, device);

    private Tensor DecoderInput(Bart bart) =>
        TokenBatch.Pad([.. labels.Select(row => TokenBatch.ShiftRight(row, bart.Config.DecoderStartTokenId))], bart.Config.PadTokenId, device);

    /// <param name="rows">Only the first so many positions of each row count; all if null.</param>
    private CheckResult Compare(string name, Tensor actual, IEnumerable<int>? rows = null)
    {
        var pairs = Values(name, actual, rows);
        var largest = pairs is null ? double.PositiveInfinity : pairs.Max(pair => Math.Abs(pair.Expected - pair.Actual));
        return new CheckResult(name, largest, largest <= tolerance);
    }

    /// <inheritdoc cref="Compare"/>
    private CheckResult CompareRelative(string name, Tensor actual, IEnumerable<int>? rows = null)
    {
        var pairs = Values(name, actual, rows);
        var relative = pairs is null
            ? double.PositiveInfinity
            : Math.Sqrt(pairs.Sum(pair => Math.Pow(pair.Expected - pair.Actual, 2)) / pairs.Sum(pair => pair.Expected * pair.Expected));
        return new CheckResult($"bfloat16.{name}", relative, relative <= Bfloat16Tolerance);
    }

    /// <summary>Recorded and computed values side by side; null where their numbers differ.</summary>
    private List<(double Expected, double Actual)>? Values(string name, Tensor actual, IEnumerable<int>? rows)
    {
        var want = expected.Read<float>(name);
        var have = actual.detach().to(ScalarType.Float32).data<float>();
        if (want.Length != have.Length)
            return null;
        var counted = Enumerable.Range(0, want.Length);
        if (rows is not null)
        {
            var (positions, width) = ((int)actual.size(1), (int)actual.size(2));
            counted = rows.SelectMany((length, r) => Enumerable.Range(r * positions * width, length * width));
        }
        return [.. counted.Select(i => ((double)want[i], (double)have[i]))];
    }

    private CheckResult CompareIds(string name, int[][] actual, int padding)
    {
        var different = Rows(name).Where((row, r) => !Unpadded(row, padding).SequenceEqual(actual[r])).Count();
        return new CheckResult(name, different, different == 0);
    }

    private static IEnumerable<int> Unpadded(int[] row, int padding) => row[..(Array.FindLastIndex(row, id => id != padding) + 1)];

    private int[][] Rows(string name)
    {
        var width = (int)expected[name].Shape[1];
        return [.. expected.Read<long>(name).Select(id => (int)id).Chunk(width)];
    }
}
