using DnaBart.Pretraining;
using DnaBart.Torch;

namespace DnaBart.Model.Pretraining;

/// <summary>The denoising objective (III-C of the paper) on a batch: the encoder reads the damaged window, and the decoder, taught with the
/// clean one, predicts each of its tokens.</summary>
internal static class DenoisingStep
{
    /// <summary>Logits [Rows, TargetLength, V] and the labels [Rows, TargetLength] that they are to predict.</summary>
    public static (Tensor Logits, Tensor Labels) Forward(Bart bart, DenoisingBatch batch)
    {
        var source = TokenBatch.OnDevice(batch.InputIds, bart.Device, batch.Rows, batch.SourceLength);
        var target = TokenBatch.OnDevice(batch.DecoderInputIds, bart.Device, batch.Rows, batch.TargetLength);
        var labels = TokenBatch.OnDevice(batch.Labels, bart.Device, batch.Rows, batch.TargetLength);
        // Without a mask attention takes its fastest kernels, and most batches of like lengths need none.
        var mask = batch.SourceTokens == (long)batch.Rows * batch.SourceLength ? null : bart.PaddingMask(source.ne(bart.Config.PadTokenId));
        return (bart.Decode(target, bart.Encode(source, mask), mask), labels);
    }

    /// <summary>One optimizer step on the gradients of some batches, as if they were one; each target token weighs the same.</summary>
    /// <returns>The mean loss a target token and the gradients' norm before clipping, scalars left on the device.</returns>
    public static (Tensor Loss, Tensor GradientNorm) Run(Bart bart, OptimizerStep step, IReadOnlyList<DenoisingBatch> batches, double maxNorm) =>
        step.Run(batches, batch => batch.TargetTokens, batch =>
        {
            var (logits, labels) = Forward(bart, batch);
            return SequenceLoss.Mean(logits, labels);
        }, maxNorm);
}
