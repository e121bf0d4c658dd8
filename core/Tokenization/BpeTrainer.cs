using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Tokenization;

/// <summary>How to train a tokenizer.</summary>
public sealed record BpeTrainerOptions
{
    /// <summary>Count pairs on the reverse complement of each sequence too, as reads come from both strands.</summary>
    public bool BothStrands { get; init; }

    /// <summary>Told the number of tokens so far, after each merge.</summary>
    public IProgress<int>? Progress { get; init; }
}

/// <summary>Trains byte-pair encoding (Sennrich et al. 2016): starting from single bases, the most frequent pair of neighbouring tokens
/// becomes a token, again and again. Of equally frequent pairs the one with the lower left id goes first, then the one with
/// the lower right id (as in Hugging Face tokenizers), so that the result depends on nothing but the sequences.</summary>
public static class BpeTrainer
{
    /// <summary>The largest vocabulary: ids are held in 16 bits while training.</summary>
    public const int LargestVocabulary = ushort.MaxValue;

    /// <summary>A pair seen once is no pattern.</summary>
    private const int LeastCount = 2;

    /// <summary>Trains a tokenizer.</summary>
    /// <param name="sequences">Bases in either case. No token spans two sequences, or anything but A, C, G and T.</param>
    /// <param name="vocabularySize">5 special tokens, A, C, G, T and N, and the merges: 10 (single bases only) to 65,535. Sequences too
    /// short to hold so many frequent pairs give a smaller vocabulary.</param>
    /// <param name="options">Strands and progress; null for the defaults.</param>
    /// <exception cref="InputException">The size is out of range, or there are more than about 2 billion bases, 1 billion with both strands.</exception>
    public static BpeTokenizer Train(IEnumerable<ReadOnlyMemory<byte>> sequences, int vocabularySize, BpeTrainerOptions? options = null)
    {
        if (vocabularySize is < Vocabulary.SmallestSize or > LargestVocabulary)
        {
            throw new InputException($"a vocabulary of {vocabularySize} tokens cannot be trained; " +
                $"choose {Vocabulary.SmallestSize} (single bases) to {LargestVocabulary}");
        }
        options ??= new BpeTrainerOptions();
        var merges = new List<(int Left, int Right)>();
        if (vocabularySize == Vocabulary.SmallestSize)
            return new BpeTokenizer(Vocabulary.InBartLayout(merges));

        var occurrences = new PairOccurrences(Concatenate(sequences, options.BothStrands), vocabularySize);
        // The most frequent pair first. Counts of known pairs only fall, so a count that is out of date is too high: it is
        // seen when it comes up, and put back with the true one.
        var queue = new PriorityQueue<(int Left, int Right, int Count), (int NegativeCount, int Left, int Right)>();
        foreach (var pair in occurrences.Pairs)
            Enqueue(pair);
        while (Vocabulary.SmallestSize + merges.Count < vocabularySize && queue.TryDequeue(out var pair, out _))
        {
            var (left, right, count) = pair;
            var countNow = occurrences.Count(left, right);
            if (countNow < count)
            {
                Enqueue((left, right, countNow));
                continue;
            }
            var merged = Vocabulary.SmallestSize + merges.Count;
            merges.Add((left, right));
            foreach (var created in occurrences.Merge(left, right, merged))
                Enqueue(created);
            options.Progress?.Report(merged + 1);
        }
        return new BpeTokenizer(Vocabulary.InBartLayout(merges));

        void Enqueue((int Left, int Right, int Count) pair)
        {
            if (pair.Count >= LeastCount)
                queue.Enqueue(pair, (-pair.Count, pair.Left, pair.Right));
        }
    }

    /// <summary>All runs of A, C, G and T as ids, with a gap before and after each.</summary>
    private static ushort[] Concatenate(IEnumerable<ReadOnlyMemory<byte>> sequences, bool bothStrands)
    {
        var kept = sequences.ToList();
        var strands = bothStrands ? 2 : 1;
        var length = 1 + kept.Sum(sequence => (sequence.Length + 1L) * strands);
        if (length > Array.MaxLength)
        {
            throw new InputException($"{kept.Sum(sequence => (long)sequence.Length):N0} bases are too many to train on; " +
                $"give at most {Array.MaxLength / strands:N0}{(bothStrands ? " where both strands count" : "")} (a few chromosomes are enough)");
        }
        var text = new ushort[length];
        var position = 0;
        text[position++] = PairOccurrences.NoToken;
        foreach (var sequence in kept)
        {
            var bases = sequence.Span;
            foreach (var letter in bases)
                text[position++] = IdOfBase(letter);
            text[position++] = PairOccurrences.NoToken;
            if (!bothStrands)
                continue;
            // Back over the strand just written; A and T, C and G have ids that add up to the same sum.
            for (var (i, read) = (0, position - 2); i < bases.Length; i++, read--)
            {
                text[position++] = text[read] == PairOccurrences.NoToken
                    ? PairOccurrences.NoToken
                    : (ushort)(2 * Vocabulary.FirstBase + 3 - text[read]);
            }
            text[position++] = PairOccurrences.NoToken;
        }
        return text;
    }

    private static ushort IdOfBase(byte letter) =>
        Nucleotides.Code(letter) is >= 0 and var code ? (ushort)(Vocabulary.FirstBase + code) : PairOccurrences.NoToken;
}
