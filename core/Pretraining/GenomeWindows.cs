using System.Buffers;
using DnaBart.IO;
using DnaBart.Noise;
using DnaBart.Sequences;

namespace DnaBart.Pretraining;

/// <summary>Windows drawn at random from a genome. A window never crosses the end of a sequence or a letter other than A, C, G, T (either
/// case). With a hold-out share, seeded blocks of <see cref="BlockBases"/> bases are set apart, and windows lie wholly on one side.</summary>
public sealed class GenomeWindows
{
    /// <summary>The size of the blocks that are held out or not.</summary>
    public const int BlockBases = 10_000;

    private readonly IReadOnlyList<byte[]> sequences;
    private readonly List<Stretch> stretches = [];
    private readonly long[] startsBefore;
    private readonly int minBases;
    private readonly int maxBases;
    private readonly bool bothStrands;

    private static readonly SearchValues<byte> Letters = SearchValues.Create("ACGTacgt"u8);

    private readonly record struct Stretch(int Sequence, int Start, int Length);

    /// <param name="sequences">The genome's sequences; kept, not copied.</param>
    /// <param name="data">Window lengths, strands and hold-out share.</param>
    /// <param name="seed">Chooses the held-out blocks.</param>
    /// <param name="heldOut">Whether windows come from the held-out part instead of the training part.</param>
    /// <exception cref="InputException">No window fits.</exception>
    public GenomeWindows(IReadOnlyList<byte[]> sequences, PretrainingRecipe.DataPart data, ulong seed, bool heldOut = false)
    {
        this.sequences = sequences;
        (minBases, maxBases, bothStrands) = (data.MinBases, data.MaxBases, data.BothStrands);
        foreach (var block in GenomeBlock.Of(sequences, data.HoldOut, seed, heldOut))
            AddStretches(block);
        stretches.RemoveAll(stretch => stretch.Length < minBases);
        startsBefore = new long[stretches.Count + 1];
        for (var i = 0; i < stretches.Count; i++)
            startsBefore[i + 1] = startsBefore[i] + stretches[i].Length - minBases + 1;
        if (stretches.Count == 0)
            throw new InputException($"the genome's {(heldOut ? "held-out" : "training")} part has no {minBases} A, C, G, T letters in a row "
                + $"(hold-out share {data.HoldOut}, in blocks of {BlockBases} bases); give more sequence, shorter windows or another share");
    }

    /// <summary>Bases that windows can cover.</summary>
    public long Bases => stretches.Sum(stretch => (long)stretch.Length);

    /// <summary>Draws a window, upper case, into <paramref name="buffer"/>: any start where the shortest window fits is as likely, then any length that
    /// fits, then the strand.</summary>
    /// <param name="buffer">At least the longest window.</param>
    /// <returns>The window's length.</returns>
    public int Draw(ref CounterRandom random, Span<byte> buffer)
    {
        var place = random.NextInt64(startsBefore[^1]);
        var found = Array.BinarySearch(startsBefore, place);
        var index = found >= 0 ? found : ~found - 1;
        var stretch = stretches[index];
        var offset = (int)(place - startsBefore[index]);
        var longest = Math.Min(maxBases, stretch.Length - offset);
        var length = minBases + random.NextInt32(longest - minBases + 1);
        var window = sequences[stretch.Sequence].AsSpan(stretch.Start + offset, length);
        if (bothStrands && random.NextBernoulli(0.5))
            Nucleotides.ReverseComplement(window, buffer);
        else
            window.CopyTo(buffer);
        foreach (ref var letter in buffer[..length])
            letter &= UpperCase;
        return length;
    }

    /// <summary>Clears the bit in which an ASCII letter's lower case differs from its upper case.</summary>
    private const byte UpperCase = 0xDF;

    /// <summary>Adds the runs of bases in a part of a sequence; a run that goes on from the part before becomes one with it.</summary>
    private void AddStretches(GenomeBlock block)
    {
        var (_, sequence, start, end) = block;
        var bases = sequences[sequence].AsSpan(0, end);
        while (start < end)
        {
            var rest = bases[start..];
            var length = rest.IndexOfAnyExcept(Letters);
            length = length < 0 ? rest.Length : length;
            if (length > 0)
            {
                if (stretches is [.., var last] && last.Sequence == sequence && last.Start + last.Length == start)
                    stretches[^1] = last with { Length = last.Length + length };
                else
                    stretches.Add(new Stretch(sequence, start, length));
            }
            start += length + 1;
        }
    }
}
