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

        public IDraftScores Score(IReadOnlyList<int> rows, IReadOnlyList<int[]> drafts, IReadOnlyList<int> from)
        {
            using var guard = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            var (rowMemory, rowMask) = (memory, mask);
            if (rows.Count < memory.size(0))
            {
                var index = TokenBatch.OnDevice(rows.Select(row => (long)row).ToArray(), bart.Device, rows.Count);
                rowMemory = memory.index_select(0, index);
                rowMask = mask?.index_select(0, index);
            }
            var input = drafts.Select(draft => TokenBatch.ShiftRight(draft, bart.Config.DecoderStartTokenId)).ToArray();
            var hidden = bart.DecodeStates(TokenBatch.Pad(input, bart.Config.PadTokenId, bart.Device), rowMemory, rowMask);
            // Logits are the largest part of a small model's work: none for what is given, nor for padding.
            var (length, width) = (hidden.size(1), hidden.size(2));
            var asked = drafts.SelectMany((draft, row) => Enumerable.Range(from[row], draft.Length - from[row]).Select(position => (row * length) + position)).ToArray();
            var tokens = drafts.SelectMany((draft, row) => draft.Skip(from[row]).Select(token => (long)token)).ToArray();
            var logits = bart.Logits(hidden.view(-1, width).index_select(0, TokenBatch.OnDevice(asked, bart.Device, asked.Length)));
            return new Scores(
                logits.DetachFromDisposeScope(), TokenBatch.OnDevice(tokens, bart.Device, tokens.Length, 1).DetachFromDisposeScope(), Starts(drafts, from));
        }

        public void Dispose()
        {
            memory.Dispose();
            mask?.Dispose();
        }

        // Where the first position of each draft would be among all that are asked about, if it were.
        private static int[] Starts(IReadOnlyList<int[]> drafts, IReadOnlyList<int> from)
        {
            var (starts, before) = (new int[drafts.Count], 0);
            for (var i = 0; i < starts.Length; i++)
            {
                starts[i] = before - from[i];
                before += drafts[i].Length - from[i];
            }
            return starts;
        }
    }

    /// <param name="logits">[positions asked about, V].</param>
    /// <param name="tokens">The drafts' own tokens there, [positions asked about, 1].</param>
    /// <param name="starts">For each draft what is added to a position in it.</param>
    private sealed class Scores(Tensor logits, Tensor tokens, int[] starts) : IDraftScores
    {
        private readonly Tensor bestTokens = BestTokens(logits);
        private long[]? best;
        private (float[] Best, float[] Draft)? logProbabilities;

        public int Best(int draft, int position) => (int)(best ??= bestTokens.data<long>())[starts[draft] + position];

        public float BestLogProbability(int draft, int position) => LogProbabilities.Best[starts[draft] + position];

        public float LogProbability(int draft, int position) => LogProbabilities.Draft[starts[draft] + position];

        // Greedy decoding asks for none: they are computed when first asked for.
        private (float[] Best, float[] Draft) LogProbabilities => logProbabilities ??= Compute();

        public void Dispose()
        {
            logits.Dispose();
            tokens.Dispose();
            bestTokens.Dispose();
        }

        private (float[] Best, float[] Draft) Compute()
        {
            using var guard = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            var all = torch.nn.functional.log_softmax(logits.to(ScalarType.Float32), -1);
            return (all.gather(1, bestTokens).data<float>(), all.gather(1, tokens).data<float>());
        }

        // [positions asked about, 1]. On a CPU libtorch finds a maximum with its place faster than the place alone.
        private static Tensor BestTokens(Tensor logits)
        {
            using var scope = torch.NewDisposeScope();
            return logits.max(-1).Indices.unsqueeze(1).DetachFromDisposeScope();
        }
    }
}
