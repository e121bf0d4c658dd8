using DnaBart.Correction;
using DnaBart.Tokenization;

namespace DnaBart.Core.Tests.Correction;

/// <summary>A denoiser that knows for each source the clean form: it expects, after any prefix, the clean form's own token there,
/// or once the prefix has left the clean form, the end.</summary>
internal sealed class TableDenoiser(BpeTokenizer tokenizer, Func<byte[], byte[]> clean, double confidence = 0.999) : IDenoiser
{
    public int MaxTokens => 64;

    public IDenoiserBatch Encode(IReadOnlyList<int[]> sources) => new Batch(this, [.. sources.Select(Target)]);

    public int[][] Greedy(IReadOnlyList<int[]> sources) => [.. sources.Select(Target)];

    private int[] Target(int[] source) => tokenizer.EncodeWithSpecialTokens(clean(tokenizer.Decode(source)));

    private sealed class Batch(TableDenoiser owner, int[][] targets) : IDenoiserBatch
    {
        public IDraftScores Score(IReadOnlyList<int> rows, IReadOnlyList<int[]> drafts, IReadOnlyList<int> from) =>
            new Scores(owner, drafts, from, [.. drafts.Select((draft, i) => Expected(draft, targets[rows[i]]))]);

        public void Dispose() { }

        private int[] Expected(int[] draft, int[] target)
        {
            var offsets = Offsets(target);
            var (expected, offset) = (new int[draft.Length], 0);
            for (var i = 0; i < draft.Length; i++)
            {
                // The target's token at this offset of bases; within one of its tokens, what is left of it is not known.
                var at = i == 0 ? 0 : Array.FindIndex(offsets, 1, o => o == offset);
                expected[i] = at >= 0 ? target[at] : draft[i];
                offset += owner.Bases(draft[i]);
            }
            return expected;
        }

        private int[] Offsets(int[] target)
        {
            var offsets = new int[target.Length];
            for (var i = 1; i < target.Length; i++)
                offsets[i] = offsets[i - 1] + owner.Bases(target[i - 1]);
            return offsets;
        }
    }

    private int Bases(int token) => tokenizer.BasesOf(token).Length;

    private sealed class Scores(TableDenoiser owner, IReadOnlyList<int[]> drafts, IReadOnlyList<int> from, int[][] expected) : IDraftScores
    {
        public int Best(int draft, int position) => position >= from[draft]
            ? expected[draft][position]
            : throw new InvalidOperationException($"position {position} was not asked about");

        public float BestLogProbability(int draft, int position) => (float)Math.Log(owner.Confidence);

        public float LogProbability(int draft, int position) => drafts[draft][position] == Best(draft, position)
            ? BestLogProbability(draft, position)
            : (float)Math.Log((1 - owner.Confidence) / (owner.VocabularySize - 1));

        public void Dispose() { }
    }

    private double Confidence => confidence;

    private int VocabularySize => tokenizer.VocabularySize;
}
