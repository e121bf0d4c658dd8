using DnaBart.Noise;

namespace DnaBart.Pretraining;

/// <summary>What a recipe's tokenizer is trained on: all of a genome but what is held out; of a large one, seeded blocks spread over it. They hold
/// the frequent pairs as the whole does, and training takes 12 bytes a base and strand.</summary>
public static class TokenizerSample
{
    private const long MostBases = 300_000_000;

    /// <summary>The sample. Neighbouring blocks are one sequence, so that of a small genome with nothing held out it is the genome.</summary>
    /// <param name="data">Its hold-out share.</param>
    /// <param name="seed">Chooses the blocks that are held out, and those that are taken.</param>
    /// <param name="mostBases">About how many bases to take at most.</param>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Of(
        IReadOnlyList<byte[]> sequences, PretrainingRecipe.DataPart data, ulong seed, long mostBases = MostBases)
    {
        var training = GenomeBlock.Of(sequences, data.HoldOut, seed, heldOut: false).ToList();
        var share = Math.Min(1, (double)mostBases / training.Sum(block => (long)block.End - block.Start));
        var taken = new List<GenomeBlock>();
        foreach (var block in training)
        {
            if (!new CounterRandom(seed, RandomStreams.TokenizerSample, block.Number).NextBernoulli(share))
                continue;
            if (taken is [.., var last] && last.Sequence == block.Sequence && last.End == block.Start)
                taken[^1] = last with { End = block.End };
            else
                taken.Add(block);
        }
        return taken.ConvertAll(block => (ReadOnlyMemory<byte>)sequences[block.Sequence].AsMemory(block.Start, block.End - block.Start));
    }
}
