using DnaBart.Correction;
using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>BART as the corrector's denoiser. It only reads the network, so that several threads may each have one of the same network.</summary>
public sealed class BartDenoiser(Bart bart) : IDenoiser
{
    // The start token takes the last label's place in the decoder's input, so labels may fill all positions.
    public int MaxTokens => bart.Config.MaxPositionEmbeddings;

    public IDenoiserBatch Encode(IReadOnlyList<int[]> sources) => new Batch(bart, sources);

    public int[][] Greedy(IReadOnlyList<int[]> sources) =>
        // The decoder's start token stands before the target tokens and is none of them.
        Array.ConvertAll(GreedySearch.Generate(bart, sources, MaxTokens + 1), output => output[1..]);

    private sealed class Batch : IDenoiserBatch
    {
        private readonly Bart bart;
        private readonly Tensor memory;
        private readonly Tensor? mask;

        public Batch(Bart bart, IReadOnlyList<int[]> sources)
        {
            this.bart = bart;
            using var guard = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            mask = TokenBatch.Mask(bart, sources)?.DetachFromDisposeScope();
            memory = bart.Encode(TokenBatch.Pad(sources, bart.Config.PadTokenId, bart.Device), mask).DetachFromDisposeScope();
        }

        public IDraftScores Score(IReadOnlyList<int> rows, IReadOnlyList<int[]> drafts)
        {
            using var guard = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            var (rowMemory, rowMask) = (memory, mask);
            if (rows.Count < memory.size(0))
            {
                var index = torch.tensor(rows.Select(row => (long)row).ToArray(), rows.Count).to(bart.Device);
                rowMemory = memory.index_select(0, index);
                rowMask = mask?.index_select(0, index);
            }
            var input = drafts.Select(draft => TokenBatch.ShiftRight(draft, bart.Config.DecoderStartTokenId)).ToArray();
            var logits = bart.Decode(TokenBatch.Pad(input, bart.Config.PadTokenId, bart.Device), rowMemory, rowMask);
            var tokens = TokenBatch.Pad(drafts, bart.Config.PadTokenId, bart.Device);
            return new Scores(logits.DetachFromDisposeScope(), tokens.DetachFromDisposeScope());
        }

        public void Dispose()
        {
            memory.Dispose();
            mask?.Dispose();
        }
    }

    /// <param name="logits">[drafts, positions, V].</param>
    /// <param name="tokens">The drafts' own tokens, [drafts, positions].</param>
    private sealed class Scores(Tensor logits, Tensor tokens) : IDraftScores
    {
        private readonly int positions = (int)logits.size(1);
        private readonly long[] best = BestTokens(logits);
        private (float[] Best, float[] Draft)? logProbabilities;

        public int Best(int draft, int position) => (int)best[(draft * positions) + position];

        public float BestLogProbability(int draft, int position) => LogProbabilities.Best[(draft * positions) + position];

        public float LogProbability(int draft, int position) => LogProbabilities.Draft[(draft * positions) + position];

        // Greedy decoding asks for none: they are computed when first asked for.
        private (float[] Best, float[] Draft) LogProbabilities => logProbabilities ??= Compute();

        public void Dispose()
        {
            logits.Dispose();
            tokens.Dispose();
        }

        private (float[] Best, float[] Draft) Compute()
        {
            using var guard = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            var all = torch.nn.functional.log_softmax(logits.to(ScalarType.Float32), -1);
            return (all.max(-1).Values.data<float>(), all.gather(2, tokens.unsqueeze(2)).data<float>());
        }

        private static long[] BestTokens(Tensor logits)
        {
            using var tokens = logits.argmax(-1);
            return tokens.data<long>();
        }
    }
}
