using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>One output of beam search.</summary>
/// <param name="Tokens">Start token, target tokens and, where the hypothesis ended before the limit, the end token.</param>
/// <param name="Score">Mean log-probability of a token: the sum of log-probabilities over the length.</param>
public sealed record Hypothesis(int[] Tokens, double Score);

/// <summary>Beam search with cached keys and values, with the semantics of Hugging Face's <c>generate</c> (transformers 4.27,
/// <c>BeamSearchScorer</c>, <c>early_stopping=False</c>, <c>length_penalty=1</c>).</summary>
public sealed class BeamSearch(Bart bart, int beams, int maxLength)
{
    // Beams other than the first start out of the running, or all would be the same.
    private const float OutOfTheRunning = -1e9f;

    private readonly int endToken = bart.Config.EosTokenId;

    /// <returns>For each source its <paramref name="best"/> hypotheses, best first.</returns>
    public Hypothesis[][] Generate(IReadOnlyList<int[]> sources, int best)
    {
        if (best < 1 || best > beams)
            throw new ArgumentOutOfRangeException(nameof(best), best, $"between 1 and the number of beams, {beams}");
        using var guard = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var config = bart.Config;
        var repeated = sources.SelectMany(source => Enumerable.Repeat(source, beams)).ToArray();
        var mask = TokenBatch.Mask(bart, repeated);
        var memory = bart.Encode(TokenBatch.Pad(repeated, config.PadTokenId, bart.Device), mask);
        using var cache = new DecoderCache(config.DecoderLayers, maxLength);
        var searches = sources.Select(_ => new Search(beams, endToken, config.PadTokenId, config.DecoderStartTokenId)).ToArray();
        for (var length = 1; length < maxLength && !searches.All(search => search.Done); length++)
        {
            using var step = torch.NewDisposeScope();
            var last = TokenBatch.Pad([.. searches.SelectMany(search => search.Beams).Select(beam => new[] { beam.Tokens[^1] })], config.PadTokenId, bart.Device);
            var logProbabilities = LogProbabilities(bart.Decode(last, memory, mask, cache));
            var forceEnd = length == maxLength - 1 && config.ForcedEosTokenId is not null;
            Advance(searches, logProbabilities, forceEnd);
            cache.Reorder(TokenBatch.OnDevice(searches.SelectMany((search, s) => search.Beams.Select(beam => (long)(s * beams + beam.Origin))).ToArray(), bart.Device, repeated.Length));
        }
        return [.. searches.Select(search => search.Finish(best, maxLength))];
    }

    private static Tensor LogProbabilities(Tensor logits) => torch.nn.functional.log_softmax(logits.squeeze(1).to(ScalarType.Float32), -1);

    private void Advance(Search[] searches, Tensor logProbabilities, bool forceEnd)
    {
        var vocabulary = logProbabilities.size(-1);
        using var scope = torch.NewDisposeScope();
        if (forceEnd)
        {
            logProbabilities = torch.full(logProbabilities.shape, double.NegativeInfinity, device: bart.Device);
            logProbabilities.select(1, endToken).zero_();
        }
        var scores = TokenBatch.OnDevice(searches.SelectMany(search => search.Beams).Select(beam => beam.Score).ToArray(), bart.Device, searches.Length * beams, 1);
        var (values, indices) = (logProbabilities + scores).view(searches.Length, beams * vocabulary).topk(2 * beams, 1);
        var (topScores, topIndices) = (values.data<float>(), indices.data<long>());
        for (var s = 0; s < searches.Length; s++)
        {
            var from = s * 2 * beams;
            searches[s].Advance(Enumerable.Range(from, 2 * beams).Select(i => new Candidate((int)(topIndices[i] / vocabulary), (int)(topIndices[i] % vocabulary), topScores[i])));
        }
    }

    private readonly record struct Candidate(int Beam, int Token, float Score);

    /// <param name="Origin">The beam of the step before that this one extends.</param>
    private sealed record Beam(int[] Tokens, float Score, int Origin);

    /// <summary>The search of one source: running beams and the best finished hypotheses.</summary>
    private sealed class Search(int width, int endToken, int padToken, int startToken)
    {
        private readonly List<Hypothesis> finished = [];

        public Beam[] Beams { get; private set; } =
            [.. Enumerable.Range(0, width).Select(i => new Beam([startToken], i == 0 ? 0 : OutOfTheRunning, i))];

        public bool Done { get; private set; }

        /// <param name="candidates">The 2 x width likeliest continuations of all beams, best first: enough for all beams to go on
        /// even if each also ends.</param>
        public void Advance(IEnumerable<Candidate> candidates)
        {
            if (Done)
            {
                Beams = [.. Beams.Select((beam, i) => new Beam([.. beam.Tokens, padToken], 0, i))];
                return;
            }
            var next = new List<Beam>(width);
            var length = Beams[0].Tokens.Length;
            var bestScore = float.NegativeInfinity;
            foreach (var (candidate, rank) in candidates.Select((candidate, rank) => (candidate, rank)))
            {
                bestScore = Math.Max(bestScore, candidate.Score);
                var tokens = Beams[candidate.Beam].Tokens;
                if (candidate.Token == endToken)
                {
                    if (rank < width)
                        Add(tokens, candidate.Score);
                }
                else if (next.Count < width)
                {
                    next.Add(new Beam([.. tokens, candidate.Token], candidate.Score, candidate.Beam));
                }
            }
            Beams = [.. next.Concat(Enumerable.Repeat(new Beam([.. Beams[0].Tokens, padToken], OutOfTheRunning, 0), width - next.Count))];
            // No running beam can beat the worst kept hypothesis any more, were its score to stay as it is.
            Done = finished.Count == width && finished[^1].Score >= Normalize(bestScore, length);
        }

        public Hypothesis[] Finish(int best, int maxLength)
        {
            if (!Done)
            {
                foreach (var beam in Beams)
                    Add(beam.Tokens, beam.Score);
            }
            return [.. finished.Take(best).Select(h => h.Tokens.Length < maxLength ? h with { Tokens = [.. h.Tokens, endToken] } : h)];
        }

        private void Add(int[] tokens, float score)
        {
            finished.Add(new Hypothesis(tokens, Normalize(score, tokens.Length)));
            // Stable and descending: of equal scores the earlier stays first.
            var ordered = finished.OrderByDescending(h => h.Score).Take(width).ToList();
            finished.Clear();
            finished.AddRange(ordered);
        }

        private static double Normalize(float score, int length) => score / (double)length;
    }
}
