using System.Text;
using DnaBart.Batching;
using DnaBart.Gue;
using DnaBart.Noise;
using DnaBart.Sequences;
using DnaBart.Tokenization;
using DnaBart.Training;

namespace DnaBart.Finetuning;

/// <summary>Labelled sequences as token ids, and the order in which training sees them: a pure function of seed and epoch.</summary>
public sealed class LabelledTokens
{
    /// <summary>Batches' worth of examples among which like lengths are put together; enough to leave little padding, and few enough that
    /// batches are mixed anew in each epoch.</summary>
    private const int BatchesPerChunk = 64;

    private readonly int[][] forward;
    private readonly int[][]? reverse;
    private int cut;

    /// <summary>Encodes examples.</summary>
    /// <param name="bothStrands">Whether the reverse complements are encoded too.</param>
    /// <param name="maxTokens">Longer sequences are cut to so many tokens, the end token kept.</param>
    public LabelledTokens(IReadOnlyList<GueExample> examples, BpeTokenizer tokenizer, bool bothStrands, int maxTokens)
    {
        Labels = [.. examples.Select(example => example.Label)];
        forward = new int[examples.Count][];
        reverse = bothStrands ? new int[examples.Count][] : null;
        Parallel.For(0, examples.Count, i =>
        {
            var bases = Encoding.ASCII.GetBytes(examples[i].Sequence);
            forward[i] = Encode(tokenizer, bases, maxTokens, out var isCut);
            if (reverse is not null)
            {
                reverse[i] = Encode(tokenizer, Nucleotides.ReverseComplement(bases), maxTokens, out var isReverseCut);
                isCut |= isReverseCut;
            }
            if (isCut)
                Interlocked.Increment(ref cut);
        });
    }

    /// <summary>The class of each example.</summary>
    public int[] Labels { get; }

    public int Count => Labels.Length;

    /// <summary>Examples that were too long and have been cut.</summary>
    public int Cut => cut;

    /// <summary>The tokens of each example as given.</summary>
    public IReadOnlyList<int[]> Forward => forward;

    /// <summary>The tokens of the reverse complements; null if they were not asked for.</summary>
    public IReadOnlyList<int[]>? Reverse => reverse;

    /// <summary>The token ids of a sequence with the special tokens around it, cut to a number of tokens if it is longer.</summary>
    public static int[] Encode(BpeTokenizer tokenizer, ReadOnlySpan<byte> bases, int maxTokens, out bool isCut)
    {
        var ids = tokenizer.EncodeWithSpecialTokens(bases);
        isCut = ids.Length > maxTokens;
        return isCut ? [.. ids[..(maxTokens - 1)], ids[^1]] : ids;
    }

    /// <summary>The batches of an epoch: every example once, on a strand drawn for the epoch, in an order drawn for the epoch.</summary>
    public IEnumerable<(int[][] Tokens, int[] Labels)> Epoch(ulong seed, int epoch, BatchRecipe batch)
    {
        var order = new Permutation(Count, seed, RandomStreams.Order, (ulong)epoch);
        var shuffled = Enumerable.Range(0, Count).Select(place => (int)order[place]);
        var chunkSize = (int)Math.Min(Count, (long)batch.Rows * BatchesPerChunk);
        ulong chunkNumber = 0;
        foreach (var chunk in shuffled.Chunk(chunkSize))
        {
            var tokens = Array.ConvertAll(chunk, i => OnStrand(i, seed, epoch));
            var buckets = LengthBuckets.Plan(Array.ConvertAll(tokens, row => row.Length), batch.Tokens, batch.Rows);
            // An epoch has fewer than 2^32 chunks.
            foreach (var rows in buckets.Shuffled(seed, ((ulong)epoch << 32) | chunkNumber++))
                yield return (Array.ConvertAll(rows, r => tokens[r]), Array.ConvertAll(rows, r => Labels[chunk[r]]));
        }
    }

    private int[] OnStrand(int example, ulong seed, int epoch) =>
        reverse is not null && new CounterRandom(seed, RandomStreams.Strand, ((ulong)epoch * (ulong)Count) + (ulong)example).NextBernoulli(0.5)
            ? reverse[example]
            : forward[example];
}
