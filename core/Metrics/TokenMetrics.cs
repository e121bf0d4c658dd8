namespace DnaBart.Metrics;

/// <summary>The measures of pretraining, summed up batch by batch over the tokens that are to be predicted. Padding
/// (<see cref="IgnoredLabel"/>) does not count.</summary>
/// <param name="vocabSize">|V|; predictions and labels lie below it.</param>
public sealed class TokenMetrics(int vocabSize)
{
    /// <summary>The label of padding, as in PyTorch and Hugging Face.</summary>
    public const int IgnoredLabel = -100;

    private readonly long[] correct = new long[vocabSize];
    private readonly long[] occurring = new long[vocabSize];
    private readonly long[] predictedCounts = new long[vocabSize];
    private double negativeLogLikelihood;
    private long right;

    /// <summary>The number of tokens counted.</summary>
    public long Tokens { get; private set; }

    /// <summary>Counts one batch.</summary>
    /// <param name="labels">The true tokens; padding is <see cref="IgnoredLabel"/>.</param>
    /// <param name="predicted">The model's most likely token at each place; as many as labels.</param>
    /// <param name="summedLoss">The summed negative log-likelihood (natural log) of the labels that are not padding.</param>
    public void Add(ReadOnlySpan<long> labels, ReadOnlySpan<long> predicted, double summedLoss)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(predicted.Length, labels.Length);
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] == IgnoredLabel)
                continue;
            Tokens++;
            occurring[labels[i]]++;
            predictedCounts[predicted[i]]++;
            if (labels[i] != predicted[i])
                continue;
            correct[labels[i]]++;
            right++;
        }
        negativeLogLikelihood += summedLoss;
    }

    /// <summary>Acc of the paper's equation 1: the share of tokens predicted right.</summary>
    public double Accuracy => Tokens == 0 ? 0 : (double)right / Tokens;

    /// <summary>Macro F1 with each token a class: the unweighted mean of 2 TP / (2 TP + FP + FN) over the tokens that occur or are predicted,
    /// as scikit-learn's <c>f1_score(average="macro")</c>.</summary>
    public double MacroF1 => Enumerable.Range(0, vocabSize)
        .Where(token => occurring[token] + predictedCounts[token] > 0)
        .Select(token => 2.0 * correct[token] / (occurring[token] + predictedCounts[token]))
        .DefaultIfEmpty(0).Average();

    /// <summary>Mean negative log-likelihood a token.</summary>
    public double Loss => Tokens == 0 ? 0 : negativeLogLikelihood / Tokens;

    /// <summary>exp(<see cref="Loss"/>).</summary>
    public double Perplexity => Math.Exp(Loss);
}
