using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>The denoising loss: cross-entropy of the clean tokens, padding left out.</summary>
public static class SequenceLoss
{
    private const long Ignored = -100;

    /// <summary>The mean over all target tokens of the batch, in float32.</summary>
    /// <param name="logits">[B, T, V].</param>
    /// <param name="labels">Clean tokens with the end token, a row a sequence; the longest has T.</param>
    public static Tensor Mean(Tensor logits, IReadOnlyList<int[]> labels) => Mean(logits, TokenBatch.Pad(labels, Ignored, logits.device));

    /// <summary>The mean over all target tokens of the batch, in float32.</summary>
    /// <param name="logits">[B, T, V].</param>
    /// <param name="labels">int64 [B, T]; padding is -100.</param>
    public static Tensor Mean(Tensor logits, Tensor labels) =>
        torch.nn.functional.token_loss(logits.view(-1, logits.size(-1)), labels.view(-1), Ignored);
}
