using DnaBart.Noise;

namespace DnaBart.Pretraining;

/// <summary>A part of a sequence.</summary>
/// <param name="Number">Counted through all sequences of the genome.</param>
/// <param name="End">The position after the last base.</param>
internal readonly record struct GenomeBlock(ulong Number, int Sequence, int Start, int End)
{
    /// <summary>A genome's blocks of <see cref="GenomeWindows.BlockBases"/> bases, or less at a sequence's end, that are held out or that are not.</summary>
    /// <param name="holdOut">The share that is held out.</param>
    /// <param name="seed">Chooses which.</param>
    public static IEnumerable<GenomeBlock> Of(IReadOnlyList<byte[]> sequences, double holdOut, ulong seed, bool heldOut)
    {
        var number = 0UL;
        for (var s = 0; s < sequences.Count; s++)
        {
            for (var start = 0; start < sequences[s].Length; start += GenomeWindows.BlockBases)
            {
                var block = new GenomeBlock(number++, s, start, Math.Min(start + GenomeWindows.BlockBases, sequences[s].Length));
                if (new CounterRandom(seed, RandomStreams.HoldOut, block.Number).NextBernoulli(holdOut) == heldOut)
                    yield return block;
            }
        }
    }
}
