using DnaBart.Torch;

namespace DnaBart.Model.Finetuning;

/// <summary>One optimizer step of finetuning.</summary>
internal static class FinetuningStep
{
    /// <summary>Steps on the gradients of some batches, as if they were one.</summary>
    /// <param name="classWeights">A factor a class in the loss, 1 on average over the train set; null for none.</param>
    /// <returns>The mean loss of an example, a scalar left on the device, the caller's.</returns>
    public static Tensor Run(
        FinetuningState state, IReadOnlyList<(int[][] Tokens, int[] Labels)> batches, double learningRate, double maxNorm, float[]? classWeights)
    {
        var device = state.Classifier.Bart.Device;
        using var weights = classWeights is null ? null : TokenBatch.OnDevice(classWeights, device, classWeights.Length);
        state.Optimizer.lr = learningRate;
        var (loss, norm) = state.OptimizerStep.Run(batches, batch => batch.Labels.Length, batch =>
        {
            var target = TokenBatch.OnDevice(Array.ConvertAll(batch.Labels, label => (long)label), device, batch.Labels.Length);
            var mean = torch.nn.functional.cross_entropy(state.Classifier.Logits(batch.Tokens), target, weights);
            // That mean is one by the batch's own weights. Left so, a batch of one class would not be weighted at all.
            return classWeights is null ? mean : mean * batch.Labels.Average(label => classWeights[label]);
        }, maxNorm);
        norm.Dispose();
        return loss.DetachFromDisposeScope();
    }
}
