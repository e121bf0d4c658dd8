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
        using var scope = torch.NewDisposeScope();
        state.Optimizer.zero_grad();
        var (device, rows) = (state.Classifier.Bart.Device, batches.Sum(batch => batch.Labels.Length));
        var weights = classWeights is null ? null : TokenBatch.OnDevice(classWeights, device, classWeights.Length);
        Tensor? total = null;
        foreach (var (tokens, labels) in batches)
        {
            using var batchScope = torch.NewDisposeScope();
            var target = TokenBatch.OnDevice(Array.ConvertAll(labels, label => (long)label), device, labels.Length);
            // The mean is one by the batch's own weights. Left so, a batch of one class would not be weighted at all.
            var share = classWeights is null ? labels.Length : labels.Sum(label => (double)classWeights[label]);
            var loss = torch.nn.functional.cross_entropy(state.Classifier.Logits(tokens), target, weights) * (share / rows);
            loss.backward();
            var value = loss.detach();
            total = (total is null ? value : total + value).MoveToOuterDisposeScope();
        }
        torch.nn.utils.clip_grad_norm_(state.Trained, maxNorm);
        state.Optimizer.lr = learningRate;
        state.Optimizer.step();
        return total!.DetachFromDisposeScope();
    }
}
