using DnaBart.Checkpoints;
using DnaBart.Model.Pretraining;
using DnaBart.Pretraining;
using DnaBart.Torch;

namespace DnaBart.Model.Tests.Pretraining;

public sealed class DenoisingStepTests
{
    [Fact]
    public void AccumulatedBatchesWeighEachTokenTheSame()
    {
        // Batches of unlike sizes: their joint gradient step must be that of all rows in one batch.
        torch.manual_seed(1);
        using var bart = new Bart(BartConfig.Tiny(16));
        DenoisingExample[] rows = [new([0, 5, 6, 2], [5, 6, 2]), new([0, 7, 8, 9, 2], [7, 8, 8, 9, 2]), new([0, 5, 2], [5, 2])];
        DenoisingBatch Batch(params DenoisingExample[] some) => new(some, padding: 1, start: 2);
        double[] Losses(params DenoisingBatch[] batches)
        {
            using var scope = torch.NewDisposeScope();
            using var step = new OptimizerStep(new torch.optim.AdamW(bart.named_parameters(), lr: 0), bart.named_parameters(), bart.ComputeType);
            var (loss, norm) = DenoisingStep.Run(bart, step, batches, maxNorm: double.PositiveInfinity);
            return [loss.item(), norm.item()];
        }
        var together = Losses(Batch(rows));
        var apart = Losses(Batch(rows[0]), Batch(rows[1], rows[2]));
        Assert.Equal(together[0], apart[0], 1e-5);
        Assert.Equal(together[1], apart[1], 1e-4);
    }

    [Fact]
    public void MixedPrecisionLearnsAsFloat32Does()
    {
        DenoisingExample[] rows = [new([0, 5, 6, 2], [5, 6, 2]), new([0, 7, 8, 9, 2], [7, 8, 8, 9, 2]), new([0, 5, 2], [5, 2])];
        DenoisingBatch[] batches = [new(rows[..1], padding: 1, start: 2), new(rows[1..], padding: 1, start: 2)];
        (double[] Losses, double Norm) Train(ScalarType type)
        {
            torch.manual_seed(1);
            using var scope = torch.NewDisposeScope();
            using var bart = new Bart(BartConfig.Tiny(16) with { Dropout = 0, AttentionDropout = 0, ActivationDropout = 0 }) { ComputeType = type };
            using var step = new OptimizerStep(new torch.optim.AdamW(bart.named_parameters(), lr: 1e-3), bart.named_parameters(), type);
            var (losses, last) = (new double[20], 0.0);
            for (var i = 0; i < losses.Length; i++)
            {
                var (loss, norm) = DenoisingStep.Run(bart, step, batches, maxNorm: 1);
                (losses[i], last) = (loss.item(), norm.item());
            }
            Assert.All(bart.named_parameters(), p => Assert.Equal(ScalarType.Float32, p.Parameter.dtype));
            return (losses, last);
        }
        var (expected, expectedNorm) = Train(ScalarType.Float32);
        var (losses, norm) = Train(ScalarType.BFloat16);
        Assert.True(expected[^1] < 0.8 * expected[0], $"from {expected[0]} to {expected[^1]}");
        Assert.All(expected.Zip(losses), pair => Assert.Equal(pair.First, pair.Second, 0.02 * pair.First));
        Assert.Equal(expectedNorm, norm, 0.05 * expectedNorm);
    }

    [Fact]
    public void BetweenStepsTheNetworkComputesWithWhatTheLastOneTaughtIt()
    {
        torch.manual_seed(1);
        using var scope = torch.NewDisposeScope();
        using var bart = new Bart(BartConfig.Tiny(16)) { ComputeType = ScalarType.BFloat16 };
        using var step = new OptimizerStep(new torch.optim.AdamW(bart.named_parameters(), lr: 1e-2), bart.named_parameters(), bart.ComputeType);
        DenoisingBatch batch = new([new([0, 5, 6, 2], [5, 6, 2])], padding: 1, start: 2);
        DenoisingStep.Run(bart, step, [batch], maxNorm: 1);
        bart.eval();
        using var guard = torch.no_grad();
        float[] States() => bart.Encode(TokenBatch.Pad([[0, 5, 6, 2]], padding: 1, Device.CPU), null).to(ScalarType.Float32).data<float>();
        Assert.Equal(States(), step.Compute(States));
    }
}
