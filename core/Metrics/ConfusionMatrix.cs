namespace DnaBart.Metrics;

/// <summary>Counts of (true class, predicted class), and the measures of classification that follow from them. Definitions are
/// scikit-learn's (<c>matthews_corrcoef</c>, <c>f1_score</c>, <c>accuracy_score</c>).</summary>
/// <param name="classes">The number of classes, 2 or more.</param>
public sealed class ConfusionMatrix(int classes)
{
    private readonly long[,] counts = new long[classes, classes];

    public int Classes => classes;

    /// <summary>How many examples of <paramref name="truth"/> were called <paramref name="predicted"/>.</summary>
    public long this[int truth, int predicted] => counts[truth, predicted];

    /// <summary>All counts, a row a true class.</summary>
    public long[][] Rows => [.. Enumerable.Range(0, classes).Select(truth => Enumerable.Range(0, classes).Select(predicted => counts[truth, predicted]).ToArray())];

    /// <summary>The matrix of the counts that <see cref="Rows"/> gives.</summary>
    public static ConfusionMatrix FromRows(long[][] rows)
    {
        var matrix = new ConfusionMatrix(rows.Length);
        for (var truth = 0; truth < rows.Length; truth++)
        {
            for (var predicted = 0; predicted < rows.Length; predicted++)
            {
                matrix.counts[truth, predicted] = rows[truth][predicted];
                matrix.Total += rows[truth][predicted];
            }
        }
        return matrix;
    }

    /// <summary>Whether all examples were called the same class.</summary>
    public bool IsCollapsed => Enumerable.Range(0, classes).Count(k => PredictedCount(k) > 0) == 1;

    /// <summary>The number of examples.</summary>
    public long Total { get; private set; }

    public void Add(int truth, int predicted)
    {
        counts[truth, predicted]++;
        Total++;
    }

    /// <summary>Share of examples called right; 0 without examples.</summary>
    public double Accuracy => Total == 0 ? 0 : (double)Enumerable.Range(0, classes).Sum(k => counts[k, k]) / Total;

    /// <summary>F1 of one class: 2 TP / (2 TP + FP + FN); 0 where the class neither occurs nor is predicted.</summary>
    public double F1(int @class)
    {
        var (truth, predicted) = (TruthCount(@class), PredictedCount(@class));
        return truth + predicted == 0 ? 0 : 2.0 * counts[@class, @class] / (truth + predicted);
    }

    /// <summary>The unweighted mean of <see cref="F1(int)"/> over the classes that occur or are predicted (<c>average="macro"</c>).</summary>
    public double MacroF1 => Enumerable.Range(0, classes)
        .Where(k => TruthCount(k) + PredictedCount(k) > 0)
        .Select(F1).DefaultIfEmpty(0).Average();

    /// <summary>Matthews correlation coefficient for any number of classes: R_K of Gorodkin (Computational Biology and Chemistry 28, 2004).
    /// 0 where truth or prediction has one class only.</summary>
    public double Mcc
    {
        get
        {
            double correct = 0, crossed = 0, truthSquares = 0, predictedSquares = 0;
            for (var k = 0; k < classes; k++)
            {
                double truth = TruthCount(k), predicted = PredictedCount(k);
                correct += counts[k, k];
                crossed += truth * predicted;
                truthSquares += truth * truth;
                predictedSquares += predicted * predicted;
            }
            var squaredTotal = (double)Total * Total;
            var scale = Math.Sqrt((squaredTotal - predictedSquares) * (squaredTotal - truthSquares));
            return scale == 0 ? 0 : ((correct * Total) - crossed) / scale;
        }
    }

    private long TruthCount(int @class) => Enumerable.Range(0, classes).Sum(k => counts[@class, k]);

    private long PredictedCount(int @class) => Enumerable.Range(0, classes).Sum(k => counts[k, @class]);
}
