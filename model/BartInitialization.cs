using DnaBart.Checkpoints;
using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>Initial weights from which a small, shallow network learns to restore DNA in minutes; from Hugging Face's (N(0, 0.02)
/// everywhere) it stays on a plateau for long, since it first has to find out that the answer stands at the same place of the source.
/// Here it begins with what any denoiser of near-copies needs: positions are sinusoids (Vaswani et al. 2017, 3.5) in one half of the
/// hidden state and tokens lie in the other, the first layers' attention heads look at neighbouring positions, and cross-attention
/// copies the source. All of it is learned further, and the checkpoint is an ordinary one.</summary>
public static class BartInitialization
{
    private const double TokenStd = 0.125;
    // Sines of this amplitude weigh as much as the token's half.
    private const double PositionAmplitude = TokenStd * 1.414;
    // Angular frequencies, in radians a position: from telling neighbours apart to telling the ends of a read apart.
    private const double HighestFrequency = 2;
    private const double LowestFrequency = 2.0 / 30;
    // Of the score by which a head prefers its offset to others; enough to be nearly one-hot.
    private const double Sharpness = 2.5;
    // What is left of the random start in a projection that is given a task.
    private const double Remainder = 0.05;
    // What residual branches add at first, of what passes by.
    private const double BranchScale = 0.4;

    public static void Positional(Bart bart)
    {
        using var guard = torch.no_grad();
        var weights = bart.named_parameters().ToDictionary(p => p.Name, p => p.Parameter);
        foreach (var (name, weight) in weights.Where(w => w.Value.dim() == 2))
        {
            if (name.EndsWith("embed_positions.weight", StringComparison.Ordinal))
                Change(weight, (row, column, _) => column < bart.Config.DModel / 2 ? PositionAmplitude * Wave(row, column, bart.Config.DModel) : 0);
            else
                weight.normal_(0, name.EndsWith("out_proj.weight", StringComparison.Ordinal) || name.EndsWith("fc2.weight", StringComparison.Ordinal)
                    ? BranchScale / Math.Sqrt(weight.size(1))
                    : 1 / Math.Sqrt(weight.size(1)));
        }
        var table = weights["model.shared.weight"];
        table.normal_(0, TokenStd);
        Change(table, (row, column, value) => column < bart.Config.DModel / 2 || row == bart.Config.PadTokenId ? 0 : value);

        var (encoderHeads, decoderHeads) = (bart.Config.EncoderAttentionHeads, bart.Config.DecoderAttentionHeads);
        LookAt(weights, "model.encoder.layers.0.self_attn", encoderHeads, head => head % 2 == 0 ? (head / 2) + 1 : -(head / 2) - 1, bart.Config);
        LookAt(weights, "model.decoder.layers.0.self_attn", decoderHeads, head => -head, bart.Config);
        LookAt(weights, "model.decoder.layers.0.encoder_attn", decoderHeads, _ => 0, bart.Config);
        foreach (var projection in new[] { "v_proj", "out_proj" })
            Change(weights[$"model.decoder.layers.0.encoder_attn.{projection}.weight"], (row, column, _) => row == column ? 1 : 0);
    }

    /// <summary>Sines of a position in the first quarter of d, cosines in the second.</summary>
    private static double Wave(int position, int column, int d)
    {
        var quarter = d / 4;
        var angle = position * Frequency(column % quarter, quarter);
        return column < quarter ? Math.Sin(angle) : Math.Cos(angle);
    }

    private static double Frequency(int index, int count) =>
        HighestFrequency * Math.Pow(LowestFrequency / HighestFrequency, (double)index / count);

    /// <summary>Turns each head to the position at its offset: queries are the waves of their position moved by the offset, keys those
    /// of their own.</summary>
    private static void LookAt(Dictionary<string, Tensor> weights, string attention, int heads, Func<int, int> offsetOf, BartConfig config)
    {
        var (size, quarter) = (config.DModel / heads, config.DModel / 4);
        Change(weights[$"{attention}.q_proj.weight"], (row, column, value) => (value * Remainder) + Entry(row, column, offsetOf(row / size)));
        Change(weights[$"{attention}.k_proj.weight"], (row, column, value) => (value * Remainder) + Entry(row, column, 0));

        // A head's rows go in pairs (sine, cosine), each of one frequency; a pair is rotated by the offset.
        double Entry(int row, int column, int offset)
        {
            var within = row % size;
            var wave = within / 2 * quarter * 3 / 4 / Math.Max(1, size / 2);
            if (column >= 2 * quarter || column % quarter != wave)
                return 0;
            var (cosine, sine) = (Math.Cos(Frequency(wave, quarter) * offset), Math.Sin(Frequency(wave, quarter) * offset));
            var fromSine = column < quarter;
            return Sharpness * (within % 2 == 0 ? (fromSine ? cosine : sine) : (fromSine ? -sine : cosine));
        }
    }

    private static void Change(Tensor matrix, Func<int, int, double, double> value)
    {
        using var scope = torch.NewDisposeScope();
        var (elements, columns) = (matrix.data<float>(), (int)matrix.size(1));
        for (var i = 0; i < elements.Length; i++)
            elements[i] = (float)value(i / columns, i % columns, elements[i]);
        matrix.copy_(torch.tensor(elements, matrix.shape));
    }
}
