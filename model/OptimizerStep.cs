using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>An optimizer and how it takes a step: on gradients of some batches as if they were one, in mixed precision where the network computes in
/// another type than its parameters have.</summary>
internal sealed class OptimizerStep : IDisposable
{
    private readonly torch.nn.WorkingCopies copies;

    /// <param name="optimizer">Over the parameters that are trained; disposed of with this.</param>
    /// <param name="parameters">All of the network's.</param>
    public OptimizerStep(torch.optim.AdamW optimizer, IEnumerable<(string Name, Tensor Parameter)> parameters, ScalarType computeType)
    {
        Optimizer = optimizer;
        copies = new torch.nn.WorkingCopies(parameters.Select(p => p.Parameter), computeType);
    }

    public torch.optim.AdamW Optimizer { get; }

    /// <summary>Takes one step.</summary>
    /// <param name="size">How much a batch weighs: the number of items that its loss is the mean of. Each item weighs the same, in whichever batch
    /// it is; a mean of means would favour small batches.</param>
    /// <param name="meanLoss">A batch's mean loss, a scalar with its graph.</param>
    /// <param name="maxNorm">The largest joint norm that gradients keep.</param>
    /// <returns>The mean loss of an item and the gradients' norm before clipping, scalars left on the device.</returns>
    public (Tensor Loss, Tensor GradientNorm) Run<T>(IReadOnlyList<T> batches, Func<T, long> size, Func<T, Tensor> meanLoss, double maxNorm)
    {
        using var scope = torch.NewDisposeScope();
        Optimizer.zero_grad();
        var items = batches.Sum(size);
        var total = Compute(() =>
        {
            Tensor? sum = null;
            foreach (var batch in batches)
            {
                using var batchScope = torch.NewDisposeScope();
                var loss = meanLoss(batch) * ((double)size(batch) / items);
                loss.backward();
                copies.AddGradients();
                var value = loss.detach();
                sum = (sum is null ? value : sum + value).MoveToOuterDisposeScope();
            }
            return sum!;
        });
        var norm = torch.nn.utils.clip_grad_norm_(Optimizer.Parameters, maxNorm);
        Optimizer.step();
        return (total.MoveToOuterDisposeScope(), norm.MoveToOuterDisposeScope());
    }

    /// <summary>Computes with the network, its parameters cast once and not at each use.</summary>
    public T Compute<T>(Func<T> computation)
    {
        copies.Enter();
        try
        {
            return computation();
        }
        finally
        {
            copies.Leave();
        }
    }

    public void Dispose()
    {
        copies.Dispose();
        Optimizer.Dispose();
    }
}
