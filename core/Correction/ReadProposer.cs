using DnaBart.Batching;
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
    // Of tokens: a base that differs makes two or three contested. With more differences the last bases are not worth the passes.
    private const double MostContestedOfKnown = 0.25;

    private readonly DraftVerifier verifier = new(denoiser, tokenizer);
    private readonly DraftComparison comparison = new(tokenizer);
    private readonly bool hasN = tokenizer.TokenToId("N") is not null;

    /// <summary>Passes over window drafts so far.</summary>
    public long Passes => verifier.Passes;

    /// <summary>What the model would change in each read, by both strands; the larger the chunk, the less padding.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled; it is looked at once a batch.</exception>
    public List<Proposal>[] Propose(IReadOnlyList<Read> reads, CancellationToken cancellation) =>
        [.. Propose(reads, reverse: false, cancellation).Zip(Propose(reads, reverse: true, cancellation), (one, other) => (List<Proposal>)[.. one.Proposals, .. other.Proposals])];

    /// <summary>What the model would change in each read by one of its strands.</summary>
    /// <param name="reverse">Takes the reads' reverse complements.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled; it is looked at once a batch.</exception>
    public StrandProposals[] Propose(IReadOnlyList<Read> reads, bool reverse, CancellationToken cancellation)
    {
        var windows = reads.SelectMany((read, index) => ReadWindow.Cut(index, read.Bases, windowBases, reverse)).Where(window => Representable(window.Bases)).ToArray();
        var recognized = new bool[windows.Length];
        var proposals = new List<Proposal>[windows.Length];
        var ends = new List<int>();
        Verify(Array.ConvertAll(windows, window => window.Bases.ToArray()), cancellation, (index, verified) =>
        {
            proposals[index] = ProposalsOf(windows[index], verified);
            recognized[index] = verified.Contested == 0;
            if (verified.Contested <= MostContestedOfKnown && windows[index].EndsStrand)
                ends.Add(index);
        });
        foreach (var (index, continued) in LookBehind(ends, windows, cancellation))
            proposals[index] = continued;
        var ofRead = Enumerable.Range(0, windows.Length).ToLookup(index => windows[index].ReadIndex);
        return [.. reads.Select((_, read) => new StrandProposals(
            [.. ofRead[read].SelectMany(index => proposals[index])], ofRead[read].Any() && ofRead[read].All(index => recognized[index])))];
    }

    private List<Proposal> ProposalsOf(ReadWindow window, VerifiedDraft verified)
    {
        var proposed = tokenizer.Decode(verified.Final.Tokens);
        var proposals = new List<Proposal>();
        // Cut off where it would take more tokens than the model has positions for.
        if (proposed.Length != window.Length)
            return proposals;
        foreach (var stretch in comparison.Compare(verified))
        {
            if (window.ChangesOf(stretch, proposed) is { Count: > 0 } changes)
                proposals.Add(new Proposal(changes, stretch.ModelLogOdds));
        }
        return proposals;
    }

    /// <summary>Proposals for windows of which the model would have other bases near the end if it saw how the strand goes on
    /// (<see cref="StrandContinuation"/>). They are few, and only of these it is asked how.</summary>
    private List<(int Index, List<Proposal> Proposals)> LookBehind(List<int> ends, ReadWindow[] windows, CancellationToken cancellation)
    {
        var asked = ends.ConvertAll(index => StrandContinuation.Ask(windows[index].Bases));
        var (changed, answered) = (new List<int>(), new HashSet<int>());
        Verify(asked, cancellation,
            (end, verified) =>
            {
                if (StrandContinuation.IsChanged(asked[end], tokenizer.Decode(verified.Final.Tokens)))
                    changed.Add(end);
            },
            // What follows a token that goes past the end says nothing of the bases before it; without it, nothing but how else to cut them into tokens.
            (end, disagreement) => !answered.Contains(end)
                && (StrandContinuation.IsBefore(asked[end], disagreement.Offset, tokenizer.BasesOf(disagreement.Token)) || !answered.Add(end)));

        var continued = new List<(int Index, ReadWindow Window)>();
        Verify(changed.ConvertAll(end => asked[end]), cancellation, (i, verified) =>
        {
            var (index, answer) = (ends[changed[i]], tokenizer.Decode(verified.Final.Tokens));
            if (StrandContinuation.IsChanged(asked[changed[i]], answer)
                && windows[index].ContinuedBy(StrandContinuation.Continuation(answer)) is var longer && Representable(longer.Bases))
                continued.Add((index, longer));
        });

        var proposals = new List<(int, List<Proposal>)>();
        Verify(continued.ConvertAll(one => one.Window.Bases.ToArray()), cancellation, (i, verified) =>
        {
            if (verified.Contested <= MostContestedOfKnown)
                proposals.Add((continued[i].Index, ProposalsOf(continued[i].Window, verified)));
        });
        return proposals;
    }

    private void Verify(
        IReadOnlyList<byte[]> sources, CancellationToken cancellation, Action<int, VerifiedDraft> consume, Func<int, Disagreement, bool>? accepts = null)
    {
        foreach (var batch in LengthBuckets.Plan([.. sources.Select(source => tokenizer.EncodeWithSpecialTokens(source).Length)], batchTokens, maxRows: int.MaxValue).Batches)
        {
            cancellation.ThrowIfCancellationRequested();
            var verified = verifier.Propose(Array.ConvertAll(batch, index => sources[index]), disagreement =>
                !CoversUnknown(sources[batch[disagreement.Row]], disagreement) && accepts?.Invoke(batch[disagreement.Row], disagreement) != false);
            for (var row = 0; row < batch.Length; row++)
                consume(batch[row], verified[row]);
        }
    }

    // Where the vocabulary has no N, tokens cannot say how long the sequence is; a stretch of single-base tokens may be more than
    // the model has positions for.
    private bool Representable(ReadOnlySpan<byte> bases) =>
        (hasN || !bases.ContainsAnyExcept("ACGTacgt"u8)) && tokenizer.EncodeWithSpecialTokens(bases).Length <= denoiser.MaxTokens;

    // An N says that the sequencer saw nothing there: it is left alone, and what would go over it too.
    private bool CoversUnknown(byte[] source, Disagreement disagreement) =>
        source.AsSpan(disagreement.Offset, tokenizer.BasesOf(disagreement.Token).Length).ContainsAnyExcept("ACGTacgt"u8);
}
