using DnaBart.Sequences;
using DnaBart.Tokenization;

namespace DnaBart.Correction;

/// <summary>A read's corrected bases and which of them changed.</summary>
/// <param name="Bases">As long as the read; letter case kept.</param>
/// <param name="Changes">Where they differ from the read, by ascending position.</param>
public sealed record CorrectedRead(Read Read, byte[] Bases, IReadOnlyList<BaseChange> Changes);

/// <summary>A base that was changed.</summary>
/// <param name="Position">In the read, from 0.</param>
/// <param name="LogOdds">The natural log-odds for the change, with those next to it, by the model or the other reads; the quality
/// weighed against them.</param>
public readonly record struct BaseChange(int Position, double LogOdds);

/// <summary>Corrects substitutions in reads with a denoiser: reads are cut into windows of the length that the model was trained
/// on, verified in batches of like length, and put together again.</summary>
/// <param name="windowBases">The longest sequence the model knows, in bases.</param>
/// <param name="batchTokens">Source tokens in a batch: about what keeps the device busy and its memory free.</param>
public sealed class ReadCorrector(IDenoiser denoiser, BpeTokenizer tokenizer, NoisyChannel channel, int windowBases, int batchTokens)
    : IReadCorrector
{
    private readonly DraftVerifier verifier = new(denoiser, tokenizer);
    private readonly DraftComparison comparison = new(tokenizer);
    private readonly bool hasN = tokenizer.TokenToId("N") is not null;

    /// <summary>Passes over window drafts so far.</summary>
    public long Passes => verifier.Passes;

    /// <summary>Corrects a chunk of reads; the larger the chunk, the less padding.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled; it is looked at once a batch.</exception>
    public CorrectedRead[] Correct(IReadOnlyList<Read> reads, CancellationToken cancellation = default)
    {
        var windows = reads.SelectMany((read, index) => ReadWindow.Cut(index, read, windowBases)).Where(Representable).ToArray();
        var lengths = Array.ConvertAll(windows, window => window.Length);
        // Windows of like length have like token counts. Bases bound tokens from above, so the budget holds.
        foreach (var batch in Batching.LengthBuckets.Plan(lengths, batchTokens, maxRows: int.MaxValue).Batches)
        {
            cancellation.ThrowIfCancellationRequested();
            CorrectBatch(Array.ConvertAll(batch, index => windows[index]));
        }
        var corrected = reads.Select(read => (byte[])read.Bases.Clone()).ToArray();
        var changes = reads.Select(_ => new List<BaseChange>()).ToArray();
        foreach (var window in windows)
            window.WriteCentre(corrected[window.ReadIndex], changes[window.ReadIndex]);
        return [.. reads.Select((read, i) => new CorrectedRead(read, corrected[i], changes[i]))];
    }

    // Where the vocabulary has no N, tokens cannot say how long the sequence is; a stretch of single-base tokens may be more than
    // the model has positions for.
    private bool Representable(ReadWindow window) =>
        (hasN || !window.Bases.ContainsAnyExcept("ACGTacgt"u8)) && tokenizer.EncodeWithSpecialTokens(window.Bases).Length <= denoiser.MaxTokens;

    private void CorrectBatch(ReadWindow[] batch)
    {
        var sources = Array.ConvertAll(batch, window => window.Bases.ToArray());
        var verified = verifier.Propose(sources, disagreement => !CoversUnknown(sources[disagreement.Row], disagreement));
        for (var i = 0; i < batch.Length; i++)
            Decide(batch[i], verified[i]);
    }

    // An N says that the sequencer saw nothing there: it is left alone, and what would go over it too.
    private bool CoversUnknown(byte[] source, Disagreement disagreement) =>
        source.AsSpan(disagreement.Offset, tokenizer.BasesOf(disagreement.Token).Length).ContainsAnyExcept("ACGTacgt"u8);

    private void Decide(ReadWindow window, VerifiedDraft verified)
    {
        var proposed = tokenizer.Decode(verified.Final.Tokens);
        // Cut off where it would take more tokens than the model has positions for.
        if (proposed.Length != window.Length)
            return;
        foreach (var (start, end, logOdds) in comparison.Compare(verified))
        {
            var stretch = start..end;
            if (channel.Accepts(logOdds, window.Bases[stretch], proposed.AsSpan(stretch), window.Quality[stretch]))
                window.Accept(stretch, proposed, logOdds);
        }
    }
}
