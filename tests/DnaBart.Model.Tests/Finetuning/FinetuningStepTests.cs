using DnaBart.Finetuning;
using DnaBart.Model.Finetuning;
using DnaBart.Torch;

namespace DnaBart.Model.Tests.Finetuning;

public sealed class FinetuningStepTests : TinyFinetuning
{
    [Fact]
    public void AdditionsComputeTheSameBeforeAndAfterTheyAreMerged()
    {
        var recipe = Recipe(", \"lora\": {\"rank\": 4, \"alpha\": 8}", rate: 1e-2, epochs: 1);
        using var state = new FinetuningState(recipe, Task(), folder["model"], Device.CPU);
        int[][] rows = [[0, 5, 6, 7, 8, 2], [0, 8, 8, 5, 2]];
        for (var step = 0; step < 3; step++)
            FinetuningStep.Run(state, [(rows, [0, 1])], 1e-2, 1, null).Dispose();
        state.Add(new EpochResult(1, 0, 0, [[1, 0], [0, 1]]), 1);
        state.Classifier.eval();
        var before = state.Classifier.Probabilities(rows);
        state.Finish();
        var after = state.Classifier.Probabilities(rows);
        Assert.All(before.Zip(after), pair => Assert.Equal(pair.First[0], pair.Second[0], 5));
    }

    [Fact]
    public void AccumulatedBatchesMakeTheStepOfOneLargeBatch()
    {
        int[][] rows = [[0, 5, 6, 7, 2], [0, 8, 8, 5, 2], [0, 5, 5, 5, 2]];
        float[] Step(params (int[][], int[])[] batches)
        {
            using var state = new FinetuningState(Recipe(", \"dropout\": 0, \"headDropout\": 0"), Task(), folder["model"], Device.CPU);
            FinetuningStep.Run(state, batches, 1e-3, 1, null).Dispose();
            return [.. state.Trained.SelectMany(parameter => parameter.data<float>())];
        }
        var one = Step((rows, [0, 1, 1]));
        var two = Step((rows[..2], [0, 1]), (rows[2..], [1]));
        Assert.True(one.Zip(two).Max(pair => Math.Abs(pair.First - pair.Second)) < 1e-4);
    }

    [Fact]
    public void AClassWeighsTheSameHoweverAStepIsCutIntoBatches()
    {
        int[][] rows = [[0, 5, 6, 7, 2], [0, 8, 8, 5, 2], [0, 5, 5, 5, 2]];
        using var state = new FinetuningState(Recipe(", \"dropout\": 0, \"headDropout\": 0"), Task(), folder["model"], Device.CPU);
        double Loss(float[]? weights, params (int[][], int[])[] batches)
        {
            using var loss = FinetuningStep.Run(state, batches, 0, 1, weights);
            return loss.item();
        }
        float[] weights = [1.8f, 0.6f];
        var alone = rows.Select((row, i) => Loss(null, ([row], [i < 2 ? 0 : 1]))).ToArray();
        var expected = ((weights[0] * (alone[0] + alone[1])) + (weights[1] * alone[2])) / 3;
        Assert.Equal(expected, Loss(weights, (rows, [0, 0, 1])), 4);
        Assert.Equal(expected, Loss(weights, (rows[..2], [0, 0]), (rows[2..], [1])), 4);
    }
}
