using DnaBart.Finetuning;
using DnaBart.Sequences;
using DnaBart.Tokenization;

namespace DnaBart.Model.Finetuning;

/// <summary>A finetuned model with its tokenizer: from bases to the probabilities of classes. Not thread-safe: one thread drives a network.</summary>
public sealed class SequenceClassifier : IDisposable
{
    private readonly BartClassifier classifier;
    private readonly BpeTokenizer tokenizer;

    private SequenceClassifier(BartClassifier classifier, BpeTokenizer tokenizer) => (this.classifier, this.tokenizer) = (classifier, tokenizer);

    /// <summary>Task, class names, pooling.</summary>
    public ClassifierConfig Config => classifier.Config;

    /// <summary>Sequences so far that were longer than the model takes; only their beginning was looked at.</summary>
    public long CutSequences { get; private set; }

    /// <summary>Loads a finetuned folder.</summary>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>; null for the first GPU or else the CPU.</param>
    /// <exception cref="IO.InputException">The folder holds no whole classifier, or there is no such device.</exception>
    public static SequenceClassifier Load(string folder, string? device = null)
    {
        var tokenizer = BartCheckpoint.LoadTokenizer(folder);
        return new SequenceClassifier(BartClassifier.Load(folder, Engine.Choose(device)), tokenizer);
    }

    /// <summary>The probability of each class for each sequence, in their order.</summary>
    /// <param name="sequences">Bases, IUPAC letters in either case.</param>
    public double[][] Classify(IReadOnlyList<byte[]> sequences, CancellationToken cancellation = default)
    {
        int[] Encode(ReadOnlySpan<byte> bases, out bool isCut) =>
            LabelledTokens.Encode(tokenizer, bases, classifier.Bart.Config.MaxPositionEmbeddings, out isCut);

        var forward = new int[sequences.Count][];
        var reverse = Config.BothStrands ? new int[sequences.Count][] : null;
        for (var i = 0; i < forward.Length; i++)
        {
            forward[i] = Encode(sequences[i], out var isCut);
            CutSequences += isCut ? 1 : 0;
            if (reverse is not null)
                reverse[i] = Encode(Nucleotides.ReverseComplement(sequences[i]), out _);
        }
        return classifier.Probabilities(forward, reverse, cancellation: cancellation);
    }

    public void Dispose() => classifier.Dispose();
}
