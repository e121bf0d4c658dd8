using DnaBart.Tokenization;

namespace DnaBart.Correction;

/// <summary>A place where the model expects another token than the draft has.</summary>
/// <param name="Row">The draft's number in the batch.</param>
/// <param name="Token">The token that the model expects.</param>
/// <param name="Offset">Bases of the draft before it.</param>
public readonly record struct Disagreement(int Row, int Token, int Offset);

/// <summary>Tokens and what the model makes of them.</summary>
/// <param name="Tokens">Begin token, target tokens, end token.</param>
/// <param name="LogProbabilities">Of each token, given those before it and the source; natural logarithms.</param>
public sealed record ScoredTokens(int[] Tokens, float[] LogProbabilities);

/// <summary>A draft before and after verification.</summary>
/// <param name="Draft">The source's own tokens.</param>
/// <param name="Final">What became of them.</param>
/// <param name="Contested">The share of the draft's tokens in whose place the model would have others.</param>
public sealed record VerifiedDraft(ScoredTokens Draft, ScoredTokens Final, double Contested);

/// <summary>Decodes with the read itself as the draft: one pass scores every position, a disagreement replaces a token, and the
/// rest of the draft joins again behind it for the next pass. Accepting every disagreement gives exactly the output of greedy
/// decoding, in a few passes instead of one a token (input-guided decoding: Sun et al. 2021, "Instantaneous grammatical error
/// correction with shallow aggressive decoding"; Ge et al., arXiv:2205.10350).</summary>
public sealed class DraftVerifier(IDenoiser denoiser, BpeTokenizer tokenizer)
{
    // Drafts that are not settled by then are left as they are.
    private const int MaxPasses = 8;

    // A proposal that is hardly likelier than what is there would be turned down in the end, but leads the rest of the draft astray.
    private static readonly float LeastAdvantage = MathF.Log(8);

    // A model that would have something else in more places does not know where the read comes from, or knows the other strand only. Of MiSeq reads with
    // 1.6 % errors that it knew it contested less than half of the tokens, of foreign ones 60 % or more.
    private const double MostContested = 0.5;

    /// <summary>Passes over drafts so far, counted a draft: what the work costs.</summary>
    public long Passes { get; private set; }

    /// <summary>The substitutions that the model would make, left to right, and how likely it finds the draft with and without them.
    /// Lengths stay: a token replaces as many bases as it stands for. A draft that the model contests in most places stays as it is, after one pass.</summary>
    /// <param name="sources">Noisy sequences.</param>
    /// <param name="accepts">Turns down disagreements that the caller will not have.</param>
    public VerifiedDraft[] Propose(IReadOnlyList<byte[]> sources, Func<Disagreement, bool> accepts) =>
        Array.ConvertAll(
            Run(sources, keepsLength: true, disagreement => Fits(disagreement, sources[disagreement.Row].Length) && accepts(disagreement)),
            draft => new VerifiedDraft(draft.First!, draft.Last!, draft.Contested));

    /// <summary>Greedy decoding of a batch, token for token what <see cref="IDenoiser.Greedy"/> gives.</summary>
    public int[][] Greedy(IReadOnlyList<byte[]> sources)
    {
        var drafts = Run(sources, keepsLength: false, _ => true);
        // A source so strange that the model rewrites it all over gains nothing from its draft.
        var unsettled = drafts.Where(draft => !draft.Settled).ToArray();
        if (unsettled.Length > 0)
        {
            var plain = denoiser.Greedy([.. unsettled.Select(draft => tokenizer.EncodeWithSpecialTokens(sources[draft.Row]))]);
            for (var i = 0; i < unsettled.Length; i++)
                unsettled[i].Tokens = plain[i];
        }
        return Array.ConvertAll(drafts, draft => draft.Tokens);
    }

    private Draft[] Run(IReadOnlyList<byte[]> sources, bool keepsLength, Func<Disagreement, bool> accepts)
    {
        var drafts = sources.Select((bases, row) => new Draft(row, tokenizer.EncodeWithSpecialTokens(bases))).ToArray();
        using var batch = denoiser.Encode([.. drafts.Select(draft => draft.Tokens)]);
        var open = drafts.ToList();
        for (var pass = 0; pass < MaxPasses && open.Count > 0; pass++)
        {
            using var scores = batch.Score([.. open.Select(draft => draft.Row)], [.. open.Select(draft => draft.Tokens)], [.. open.Select(draft => draft.Verified)]);
            Passes += open.Count;
            for (var i = 0; i < open.Count; i++)
            {
                if (keepsLength)
                    open[i].Keep(scores, i);
                if (keepsLength && pass == 0)
                    open[i].Contested = ContestedShare(open[i], scores, i);
                if (open[i].Contested > MostContested)
                    open[i].Verified = open[i].Tokens.Length;
                else
                    Advance(open[i], scores, i, keepsLength, accepts);
            }
            open.RemoveAll(draft => draft.Settled);
        }
        return drafts;
    }

    /// <summary>Whether the model would have another token there, by enough to propose it.</summary>
    private static bool Contests(IDraftScores scores, int draft, int position, int token) =>
        scores.Best(draft, position) != token
        && scores.BestLogProbability(draft, position) - scores.LogProbability(draft, position) > LeastAdvantage;

    private static double ContestedShare(Draft draft, IDraftScores scores, int index) =>
        draft.Tokens.Where((token, position) => Contests(scores, index, position, token)).Count() / (double)draft.Tokens.Length;

    private bool Fits(Disagreement disagreement, int length)
    {
        var bases = tokenizer.BasesOf(disagreement.Token).Length;
        return bases > 0 && disagreement.Offset + bases <= length;
    }

    /// <summary>Takes over the model's view up to its first accepted disagreement. What it says of places further on rests on the wrong
    /// token before them: acting on it too took more passes, not fewer.</summary>
    private void Advance(Draft draft, IDraftScores scores, int index, bool keepsLength, Func<Disagreement, bool> accepts)
    {
        var tokens = draft.Tokens;
        var offset = tokens.Take(draft.Verified).Sum(token => tokenizer.BasesOf(token).Length);
        for (var position = draft.Verified; position < tokens.Length; position++)
        {
            var best = scores.Best(index, position);
            if ((keepsLength ? Contests(scores, index, position, tokens[position]) : best != tokens[position])
                && accepts(new Disagreement(draft.Row, best, offset)))
            {
                var text = tokenizer.Decode(tokens);
                var replaced = keepsLength ? tokenizer.BasesOf(best).Length : Rejoining.CountReplaced(tokenizer.BasesOf(best), text.AsSpan(offset));
                if (keepsLength)
                    draft.Give(position, scores.BestLogProbability(index, position));
                draft.Tokens = Rejoin(tokens.AsSpan(0, position), best, text.AsSpan(offset + replaced));
                draft.Verified = position + 1;
                return;
            }
            offset += tokenizer.BasesOf(tokens[position]).Length;
        }
        draft.Verified = tokens.Length;
    }

    /// <summary>A new draft: the verified tokens, the model's own next one, and the rest of the old draft's bases tokenized again.</summary>
    private int[] Rejoin(ReadOnlySpan<int> verified, int next, ReadOnlySpan<byte> rest)
    {
        List<int> tokens = [.. verified, next];
        if (next != tokenizer.Special.End)
        {
            tokenizer.Encode(rest, tokens);
            tokens.Add(tokenizer.Special.End);
        }
        return [.. tokens.Take(denoiser.MaxTokens)];
    }

    private sealed class Draft(int row, int[] tokens)
    {
        // Log-probabilities of the tokens that are final: no later pass gives them others.
        private float[] given = [];

        public int Row => row;

        /// <summary>Begin token, target tokens, end token.</summary>
        public int[] Tokens { get; set; } = tokens;

        /// <summary>Positions before this one are final.</summary>
        public int Verified { get; set; }

        public bool Settled => Verified == Tokens.Length;

        public double Contested { get; set; }

        /// <summary>The draft as the first and as the last pass scored it.</summary>
        public ScoredTokens? First { get; private set; }
        public ScoredTokens? Last { get; private set; }

        public void Keep(IDraftScores scores, int index)
        {
            Last = new ScoredTokens(Tokens, [.. given, .. Enumerable.Range(Verified, Tokens.Length - Verified).Select(position => scores.LogProbability(index, position))]);
            First ??= Last;
        }

        /// <summary>Makes a token final that takes the place of one that was scored.</summary>
        public void Give(int position, float logProbability) => given = [.. Last!.LogProbabilities.AsSpan(0, position), logProbability];
    }
}
