using DnaBart.Sequences;

namespace DnaBart.Simulation;

/// <summary>A sequence to draw reads from: one of the reference, or its form in a strain.</summary>
/// <param name="name">The reference sequence's name, without its description.</param>
/// <param name="bases">Upper case.</param>
/// <param name="shifts">Where the distance between strain and reference positions changes: from this strain position on, add that;
/// ascending.</param>
public sealed class GenomeSequence(string name, byte[] bases, IReadOnlyList<(int From, int Shift)> shifts)
{
    public string Name { get; } = name;

    public byte[] Bases { get; } = bases;

    /// <summary>A sequence of the reference itself, soft masking removed.</summary>
    public static GenomeSequence Of(FastaSequence sequence) =>
        new(IdOf(sequence), [.. sequence.Bases.Select(letter => (byte)(letter & ~0x20))], []);

    /// <summary>The position in the reference, from 0, of a position here; for an inserted base that of the next base.</summary>
    public int ReferencePosition(int position)
    {
        var (low, high) = (0, shifts.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = shifts[middle].From <= position ? (middle + 1, high) : (low, middle);
        }
        return position + (low == 0 ? 0 : shifts[low - 1].Shift);
    }

    internal static string IdOf(FastaSequence sequence) => sequence.Name.Split((char[])[' ', '\t'], 2)[0];
}
