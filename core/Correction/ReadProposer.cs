using DnaBart.Sequences;
using DnaBart.Tokenization;

namespace DnaBart.Correction;

/// <summary>Asks a denoiser what it would change in reads: reads are cut into windows of the length that the model was trained on, and
/// verified in batches of like length, on both strands. The decoder knows most of a base when it has read what stands before it, so a
/// read's first bases are seen best from its other end; and a model that was trained on one strand knows every read on one of the two.</summary>
/// <param name="windowBases">The longest sequence the model knows, in bases.</param>
/// <param name="batchTokens">Source tokens in a batch: about what keeps the device busy and its memory free.</param>
public sealed class ReadProposer(IDenoiser denoiser, BpeTokenizer tokenizer, int windowBases, int batchTokens) : IReadProposer
{
    private readonly DraftVerifier verifier = new(denoiser, tokenizer);
    private readonly DraftComparison comparison = new(tokenizer);
    private readonly bool hasN = tokenizer.TokenToId("N") is not null;

    /// <summary>Passes over window drafts so far.</summary>
    public long Passes => verifier.Passes;

    /// <summary>What the model would change in each read, by both strands; the larger the chunk, the less padding.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled; it is looked at once a batch.</exception>
    public List<Proposal>[] Propose(IReadOnlyList<Read> reads, CancellationToken cancellation)
    {
        var windows = reads.SelectMany((read, index) =>
            ReadWindow.Cut(index, read.Bases, windowBases, reverse: false).Concat(ReadWindow.Cut(index, read.Bases, windowBases, reverse: true)))
            .Where(Representable).ToArray();
        var lengths = Array.ConvertAll(windows, window => window.Length);
        var proposals = reads.Select(_ => new List<Proposal>()).ToArray();
        // Windows of like length have like token counts. Bases bound tokens from above, so the budget holds.
        foreach (var batch in Batching.LengthBuckets.Plan(lengths, batchTokens, maxRows: int.MaxValue).Batches)
        {
            cancellation.ThrowIfCancellationRequested();
            Propose(Array.ConvertAll(batch, index => windows[index]), proposals);
        }
        return proposals;
    }

    // Where the vocabulary has no N, tokens cannot say how long the sequence is; a stretch of single-base tokens may be more than
    // the model has positions for.
    private bool Representable(ReadWindow window) =>
        (hasN || !window.Bases.ContainsAnyExcept("ACGTacgt"u8)) && tokenizer.EncodeWithSpecialTokens(window.Bases).Length <= denoiser.MaxTokens;

    private void Propose(ReadWindow[] batch, List<Proposal>[] proposals)
    {
        var sources = Array.ConvertAll(batch, window => window.Bases.ToArray());
        var verified = verifier.Propose(sources, disagreement => !CoversUnknown(sources[disagreement.Row], disagreement));
        for (var i = 0; i < batch.Length; i++)
        {
            var proposed = tokenizer.Decode(verified[i].Final.Tokens);
            // Cut off where it would take more tokens than the model has positions for.
            if (proposed.Length != batch[i].Length)
                continue;
            foreach (var stretch in comparison.Compare(verified[i]))
            {
                if (batch[i].ChangesOf(stretch, proposed) is { Count: > 0 } changes)
                    proposals[batch[i].ReadIndex].Add(new Proposal(changes, stretch.ModelLogOdds));
            }
        }
    }

    // An N says that the sequencer saw nothing there: it is left alone, and what would go over it too.
    private bool CoversUnknown(byte[] source, Disagreement disagreement) =>
        source.AsSpan(disagreement.Offset, tokenizer.BasesOf(disagreement.Token).Length).ContainsAnyExcept("ACGTacgt"u8);
}
