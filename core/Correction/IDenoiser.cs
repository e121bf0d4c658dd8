namespace DnaBart.Correction;

/// <summary>A sequence-to-sequence model as the corrector needs it: what it expects at each position of a draft.</summary>
public interface IDenoiser
{
    /// <summary>The most target tokens of a sequence, end token included.</summary>
    int MaxTokens { get; }

    /// <summary>Encodes noisy sources, to score drafts of their clean forms against.</summary>
    /// <param name="sources">Token rows, special tokens included.</param>
    IDenoiserBatch Encode(IReadOnlyList<int[]> sources);

    /// <summary>Plain greedy decoding, token by token: what draft verification must agree with.</summary>
    /// <returns>For each source its target tokens, begin and end token included.</returns>
    int[][] Greedy(IReadOnlyList<int[]> sources);
}

/// <summary>A batch of encoded sources.</summary>
public interface IDenoiserBatch : IDisposable
{
    /// <summary>One pass over drafts of some of the sources.</summary>
    /// <param name="rows">Which sources.</param>
    /// <param name="drafts">A draft for each: target tokens, begin and end token included.</param>
    /// <param name="from">The first position of each draft that is asked about: what stands before it is given, and not scored.</param>
    IDraftScores Score(IReadOnlyList<int> rows, IReadOnlyList<int[]> drafts, IReadOnlyList<int> from);
}

/// <summary>What the model expects at each position of the drafts that was asked about, given the draft's tokens before it and the whole source.</summary>
public interface IDraftScores : IDisposable
{
    /// <summary>The likeliest token at a position.</summary>
    int Best(int draft, int position);

    /// <summary>The natural log-probability of the likeliest token at a position.</summary>
    float BestLogProbability(int draft, int position);

    /// <summary>The natural log-probability of the draft's own token at a position.</summary>
    float LogProbability(int draft, int position);
}
