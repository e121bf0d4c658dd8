using DnaBart.Checkpoints;
using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>One comparison of a model with recorded values.</summary>
/// <param name="Name">The recorded tensor.</param>
/// <param name="Difference">The largest absolute difference; for token ids the number of rows that differ.</param>
/// <param name="Passed">Within tolerance; token ids must be exact.</param>
public sealed record CheckResult(string Name, double Difference, bool Passed);

/// <summary>Compares a checkpoint with what Hugging Face transformers computed from it: hidden states, logits, loss, greedy and
/// beam output, gradients, and five steps of AdamW. The recorded file names its tensors as <c>shared/golden/README.md</c> lists.</summary>
public sealed class ModelCheck : IDisposable
{
    private const int MaxLength = 32;
    private const int Beams = 4;

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
    public IEnumerable<CheckResult> Run() => new[] { Forward, Generation, Training }.SelectMany(part => part());

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
        const int steps = 5;
        const double peak = 1e-3;
        using var scope = torch.NewDisposeScope();
        using var bart = BartCheckpoint.Load(folder, device, ScalarType.Float32);
        using var optimizer = new torch.optim.AdamW(bart.named_parameters(), peak, weight_decay: 0.1);
        bart.train();
        var losses = new float[steps];
        for (var step = 0; step < steps; step++)
        {
            using var stepScope = torch.NewDisposeScope();
            var mask = TokenBatch.Mask(bart, sources);
            var loss = SequenceLoss.Mean(bart.Decode(DecoderInput(bart), bart.Encode(Padded(sources), mask), mask), labels);
            losses[step] = (float)loss.item();
            optimizer.zero_grad();
            loss.backward();
            optimizer.lr = peak * (steps - step) / steps;
            optimizer.step();
        }
        var parameters = bart.named_parameters().ToDictionary(p => p.Name, p => p.Parameter);
        return
        [
            Compare("train5.losses", torch.tensor(losses, steps)),
            Compare("train5.shared", parameters["model.shared.weight"]),
            Compare("train5.enc0.fc1", parameters["model.encoder.layers.0.fc1.weight"]),
        ];
    }

    private Tensor Padded(int[][] rows) => TokenBatch.Pad(rows, padding: 1, device);

    private Tensor DecoderInput(Bart bart) =>
        TokenBatch.Pad([.. labels.Select(row => TokenBatch.ShiftRight(row, bart.Config.DecoderStartTokenId))], bart.Config.PadTokenId, device);

    /// <param name="rows">Only the first so many positions of each row count; all if null.</param>
    private CheckResult Compare(string name, Tensor actual, IEnumerable<int>? rows = null)
    {
        var want = expected.Read<float>(name);
        var have = actual.detach().to(ScalarType.Float32).data<float>();
        if (want.Length != have.Length)
            return new CheckResult(name, double.PositiveInfinity, false);
        var counted = Enumerable.Range(0, want.Length);
        if (rows is not null)
        {
            var (positions, width) = ((int)actual.size(1), (int)actual.size(2));
            counted = rows.SelectMany((length, r) => Enumerable.Range(r * positions * width, length * width));
        }
        var largest = counted.Max(i => (double)Math.Abs(want[i] - have[i]));
        return new CheckResult(name, largest, largest <= tolerance);
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
