using System.Diagnostics;
using DnaBart.Gue;
using DnaBart.Metrics;

namespace DnaBart.Baselines;

/// <summary>How a dataset's k-mer baseline did.</summary>
/// <param name="BothStrands">Whether k-mers and their reverse complements were one; chosen on dev.</param>
/// <param name="L2">Penalty; chosen on dev.</param>
/// <param name="Dev">Dev set of the chosen model.</param>
/// <param name="Test">Test set of the chosen model, looked at once.</param>
/// <param name="Seconds">Time for all of it, on one core.</param>
public sealed record KmerBaselineResult(bool BothStrands, double L2, ConfusionMatrix Dev, ConfusionMatrix Test, double Seconds);

/// <summary>The yardstick beside every finetuned model: <see cref="KmerModel"/>, its penalty and strandedness chosen on dev by the dataset's
/// metric.</summary>
public static class KmerBaseline
{
    private const int K = 6;

    // From strong to weak, so that each fit starts from a simpler one and the simpler of equals is chosen.
    private static readonly double[] Penalties = [1, 0.1, 0.01];

    /// <param name="trainRows">Train on a <see cref="GueSample"/> of so many rows; null for all.</param>
    public static KmerBaselineResult Run(GueFolder folder, GueDataset dataset, int? trainRows = null)
    {
        var watch = Stopwatch.StartNew();
        var train = GueSample.Take(folder.Read(dataset, GueSplit.Train), trainRows);
        var dev = folder.Read(dataset, GueSplit.Dev);
        (double Score, bool BothStrands, double L2, KmerModel Model, ConfusionMatrix Dev)? best = null;
        foreach (var bothStrands in new[] { false, true })
        {
            KmerModel? model = null;
            foreach (var l2 in Penalties)
            {
                model = KmerModel.Fit(train, dataset.Classes, K, bothStrands, l2, model);
                var matrix = model.Evaluate(dev);
                var score = dataset.Score(matrix);
                if (best is null || score > best.Value.Score)
                    best = (score, bothStrands, l2, model, matrix);
            }
        }
        var test = best!.Value.Model.Evaluate(folder.Read(dataset, GueSplit.Test));
        return new KmerBaselineResult(best.Value.BothStrands, best.Value.L2, best.Value.Dev, test, watch.Elapsed.TotalSeconds);
    }
}
