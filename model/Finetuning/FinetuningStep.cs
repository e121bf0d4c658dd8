using DnaBart.Torch;

namespace DnaBart.Model.Finetuning;

/// <summary>One optimizer step of finetuning.</summary>
internal static class FinetuningStep
{
    /// <summary>Steps on the gradients of some batches, as if they were one.</summary>
    /// <param name="classWeights">A factor a class [classes] in the loss; null for none.</param>
    /// <returns>The mean loss of an example, a scalar left on the device, the caller's.</returns>
    public static Tensor Run(
        FinetuningState state, IReadOnlyList<(int[][] Tokens, int[] Labels)> batches, double learningRate, double maxNorm, Tensor? classWeights)
    {
        state.Optimizer.lr = learningRate;
        var (loss, norm) = state.OptimizerStep.Run(batches, batch => batch.Labels.Length, batch =>
        {
            var target = TokenBatch.OnDevice(Array.ConvertAll(batch.Labels, label => (long)label), state.Classifier.Bart.Device, batch.Labels.Length);
            return torch.nn.functional.cross_entropy(state.Classifier.Logits(batch.Tokens), target, classWeights);
        }, maxNorm);
        norm.Dispose();
        return loss.DetachFromDisposeScope();
    }
}
