using DnaBart.Sequences;

namespace DnaBart.Simulation;

/// <summary>A sequence to draw reads from: one of the reference, or its form in a strain.</summary>
/// <param name="Name">The reference sequence's name, without its description.</param>
/// <param name="Bases">Upper case.</param>
public sealed record GenomeSequence(string Name, byte[] Bases)
{
    /// <summary>A sequence of the reference itself, soft masking removed.</summary>
    public static GenomeSequence Of(FastaSequence sequence) => new(sequence.Id, [.. sequence.Bases.Select(letter => (byte)(letter & ~0x20))]);
}
