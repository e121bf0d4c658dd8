using DnaBart.Gue;
using DnaBart.Metrics;

namespace DnaBart.Baselines;

/// <summary>Multinomial logistic regression on k-mer counts of all orders 1 to k, with an L2 penalty. It knows neither order nor place of
/// k-mers, so a trained network that does no better has learned nothing of them.</summary>
/// <remarks>A window's k-mer holds its shorter prefixes, so the weights of all orders fold into one table of 4^k rows and a sequence's score
/// is a sum of table rows: features are never stored. Counts are scaled to about unit variance in random DNA. Windows with a letter
/// other than A, C, G, T are left out. Training draws nothing at random and uses one thread.</remarks>
public sealed class KmerModel
{
    private readonly int k;
    private readonly int classes;
    private readonly bool bothStrands;
    private readonly double[] parameters;
    private readonly double[] table;

    private KmerModel(int k, int classes, bool bothStrands, double[] parameters)
    {
        (this.k, this.classes, this.bothStrands, this.parameters) = (k, classes, bothStrands, parameters);
        table = new double[(1 << (2 * k)) * classes];
        Fold(parameters, table, k, classes, bothStrands);
    }

    /// <summary>Trains a model.</summary>
    /// <param name="examples">The training set.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <param name="k">The longest k-mer, 1 to 8.</param>
    /// <param name="bothStrands">Count a k-mer and its reverse complement as one.</param>
    /// <param name="l2">Weight of the penalty against the mean cross-entropy.</param>
    /// <param name="start">A model of the same shape to start from, or null.</param>
    public static KmerModel Fit(IReadOnlyList<GueExample> examples, int classes, int k, bool bothStrands, double l2, KmerModel? start = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        ArgumentOutOfRangeException.ThrowIfNotEqual(k, Math.Clamp(k, 1, 8), nameof(k));
        var windows = examples.Select(e => Windows(e.Sequence, k)).ToArray();
        var table = new double[(1 << (2 * k)) * classes];
        var tableGradient = new double[table.Length];
        var residuals = new double[classes];
        var biases = ParameterCount(k, classes) - classes;

        double Loss(double[] point, double[] gradient)
        {
            Fold(point, table, k, classes, bothStrands);
            Array.Clear(tableGradient);
            Array.Clear(gradient);
            var loss = 0.0;
            for (var i = 0; i < windows.Length; i++)
            {
                var scale = Scores(windows[i], table, point.AsSpan(biases), residuals);
                loss -= SoftmaxLogProbability(residuals, examples[i].Label) / windows.Length;
                residuals[examples[i].Label] -= 1;
                for (var c = 0; c < classes; c++)
                {
                    gradient[biases + c] += residuals[c] / windows.Length;
                    residuals[c] *= scale / windows.Length;
                }
                foreach (var window in windows[i])
                {
                    var row = tableGradient.AsSpan(window * classes, classes);
                    for (var c = 0; c < row.Length; c++)
                        row[c] += residuals[c];
                }
            }
            Unfold(tableGradient, gradient, k, classes, bothStrands);
            for (var i = 0; i < biases; i++)
            {
                loss += l2 / 2 * point[i] * point[i];
                gradient[i] += l2 * point[i];
            }
            return loss;
        }

        var first = start?.parameters ?? new double[ParameterCount(k, classes)];
        return new KmerModel(k, classes, bothStrands, Lbfgs.Minimize(Loss, first, tolerance: 1e-2, maxIterations: 100));
    }

    /// <summary>The most probable class; the lowest of equals.</summary>
    public int Predict(string sequence)
    {
        var scores = new double[classes];
        Scores(Windows(sequence, k), table, parameters.AsSpan(^classes..), scores);
        return Array.IndexOf(scores, scores.Max());
    }

    /// <summary>Predictions against labels.</summary>
    public ConfusionMatrix Evaluate(IEnumerable<GueExample> examples)
    {
        var matrix = new ConfusionMatrix(classes);
        foreach (var (sequence, label) in examples)
            matrix.Add(label, Predict(sequence));
        return matrix;
    }

    /// <summary>Writes each class's score; returns the factor that scales counts.</summary>
    private static double Scores(ushort[] windows, double[] table, ReadOnlySpan<double> biases, double[] scores)
    {
        Array.Clear(scores);
        foreach (var window in windows)
        {
            var row = table.AsSpan(window * scores.Length, scores.Length);
            for (var c = 0; c < row.Length; c++)
                scores[c] += row[c];
        }
        var scale = 1 / Math.Sqrt(Math.Max(1, windows.Length));
        for (var c = 0; c < scores.Length; c++)
            scores[c] = (scores[c] * scale) + biases[c];
        return scale;
    }

    /// <summary>Turns scores into probabilities; returns the logarithm of one of them.</summary>
    private static double SoftmaxLogProbability(double[] scores, int label)
    {
        var highest = scores.Max();
        var labelScore = scores[label];
        var sum = 0.0;
        for (var c = 0; c < scores.Length; c++)
            sum += scores[c] = Math.Exp(scores[c] - highest);
        for (var c = 0; c < scores.Length; c++)
            scores[c] /= sum;
        return labelScore - highest - Math.Log(sum);
    }

    /// <summary>The codes (2 bits a base, first base highest) of a sequence's windows of k bases.</summary>
    private static ushort[] Windows(string sequence, int k)
    {
        var codes = new List<ushort>(sequence.Length);
        int code = 0, valid = 0;
        foreach (var letter in sequence)
        {
            var value = "ACGT".IndexOf(letter);
            valid = value < 0 ? 0 : valid + 1;
            code = ((code << 2) | (value & 3)) & ((1 << (2 * k)) - 1);
            if (valid >= k)
                codes.Add((ushort)code);
        }
        return [.. codes];
    }

    /// <summary>Orders 1 to k one after the other, each 4^order rows of one weight a class, then the biases.</summary>
    private static int ParameterCount(int k, int classes) => ((((1 << (2 * (k + 1))) - 4) / 3) + 1) * classes;

    private static void Fold(double[] parameters, double[] table, int k, int classes, bool bothStrands)
    {
        Array.Clear(table);
        foreach (var (code, row, scale) in Rows(k, bothStrands))
        {
            for (var c = 0; c < classes; c++)
                table[(code * classes) + c] += scale * parameters[(row * classes) + c];
        }
    }

    private static void Unfold(double[] tableGradient, double[] gradient, int k, int classes, bool bothStrands)
    {
        foreach (var (code, row, scale) in Rows(k, bothStrands))
        {
            for (var c = 0; c < classes; c++)
                gradient[(row * classes) + c] += scale * tableGradient[(code * classes) + c];
        }
    }

    /// <summary>Which parameter rows make up each row of the table, and with what factor.</summary>
    private static IEnumerable<(int Code, int Row, double Scale)> Rows(int k, bool bothStrands)
    {
        for (var code = 0; code < 1 << (2 * k); code++)
        {
            for (var (order, first) = (1, 0); order <= k; first += 1 << (2 * order++))
            {
                // A given k-mer of this order starts at a window with probability 4^-order: 2^order makes its variance about 1.
                var scale = Math.Pow(2, order);
                yield return (code, first + (code >> (2 * (k - order))), bothStrands ? scale / 2 : scale);
                if (bothStrands)
                    yield return (code, first + (ReverseComplement(code, k) >> (2 * (k - order))), scale / 2);
            }
        }
    }

    private static int ReverseComplement(int code, int k)
    {
        var reversed = 0;
        for (var i = 0; i < k; i++, code >>= 2)
            reversed = (reversed << 2) | (3 - (code & 3));
        return reversed;
    }
}
