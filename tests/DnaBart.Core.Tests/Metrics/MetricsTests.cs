using DnaBart.Metrics;

namespace DnaBart.Core.Tests.Metrics;

public sealed class MetricsTests
{
    private static ConfusionMatrix Matrix(params int[][] rows)
    {
        var matrix = new ConfusionMatrix(rows.Length);
        for (var truth = 0; truth < rows.Length; truth++)
            for (var predicted = 0; predicted < rows.Length; predicted++)
                for (var n = 0; n < rows[truth][predicted]; n++)
                    matrix.Add(truth, predicted);
        return matrix;
    }

    /// <summary>TP 6, FN 2, FP 1, TN 3: MCC = (6*3 - 1*2) / sqrt(7 * 8 * 4 * 5) = 16 / sqrt(1120).</summary>
    [Fact]
    public void TwoClassesByHand()
    {
        var matrix = Matrix([3, 1], [2, 6]);
        Assert.Equal(12, matrix.Total);
        Assert.Equal(0.75, matrix.Accuracy, 12);
        Assert.Equal(16 / Math.Sqrt(1120), matrix.Mcc, 12);
        Assert.Equal(0.8, matrix.F1(1), 12);
        Assert.Equal(6.0 / 9, matrix.F1(0), 12);
        Assert.Equal((0.8 + (6.0 / 9)) / 2, matrix.MacroF1, 12);
    }

    /// <summary>Rows (2 0 1; 1 2 0; 0 1 3): s = 10, c = 7, truth (3 3 4), predicted (3 3 4): (70 - 34) / (100 - 34).</summary>
    [Fact]
    public void ThreeClassesByHand()
    {
        var matrix = Matrix([2, 0, 1], [1, 2, 0], [0, 1, 3]);
        Assert.Equal(36.0 / 66, matrix.Mcc, 12);
        Assert.Equal((4 / 6.0 + 4 / 6.0 + 6 / 8.0) / 3, matrix.MacroF1, 12);
        Assert.Equal(1, matrix[1, 0]);
    }

    [Fact]
    public void DegenerateMatricesAsInScikitLearn()
    {
        Assert.Equal(0, Matrix([5, 0], [5, 0]).Mcc);
        Assert.Equal(1, Matrix([5, 0], [0, 5]).Mcc, 12);
        Assert.Equal(-1, Matrix([0, 5], [5, 0]).Mcc, 12);
        // A class that neither occurs nor is predicted is no class of the report.
        Assert.Equal(1, Matrix([5, 0, 0], [0, 5, 0], [0, 0, 0]).MacroF1, 12);
        Assert.Equal(0, new ConfusionMatrix(2).Accuracy);
        Assert.Equal(0, new ConfusionMatrix(2).MacroF1);
    }

    [Fact]
    public void MccSurvivesCountsWhoseProductsOverflow()
    {
        var matrix = new ConfusionMatrix(2);
        for (var i = 0; i < 200_000; i++)
            matrix.Add(i & 1, (i % 8) == 0 ? 1 - (i & 1) : i & 1);
        Assert.InRange(matrix.Mcc, 0.7, 0.8);
    }

    [Fact]
    public void TokensByHand()
    {
        var metrics = new TokenMetrics(vocabSize: 10);
        metrics.Add([4, 5, 4, -100], [4, 6, 5, 9], summedLoss: Math.Log(2) + Math.Log(4));
        metrics.Add([7], [7], summedLoss: Math.Log(32));
        Assert.Equal(4, metrics.Tokens);
        Assert.Equal(0.5, metrics.Accuracy, 12);
        // 4: 2*1/(2+1); 5: 0; 6: 0 (predicted only); 7: 1. The padded 9 is not counted.
        Assert.Equal(((2 / 3.0) + 0 + 0 + 1) / 4, metrics.MacroF1, 12);
        Assert.Equal(4, metrics.Perplexity, 12);
        Assert.Equal(Math.Log(4), metrics.Loss, 12);
    }
}
