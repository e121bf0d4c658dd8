using DnaBart.Sequences;

namespace DnaBart.Simulation;

/// <summary>A sequence to draw reads from: one of the reference, or its form in a strain.</summary>
/// <param name="Name">The reference sequence's name, without its description.</param>
/// <param name="Bases">Upper case, of DNA.</param>
public sealed record GenomeSequence(string Name, byte[] Bases)
{
    /// <summary>A sequence of the reference itself, soft masking removed; RNA's U is T.</summary>
    public static GenomeSequence Of(FastaSequence sequence)
    {
        byte[] bases = [.. sequence.Bases.Select(letter => (byte)(letter & ~0x20))];
        Nucleotides.ToDna(bases);
        return new GenomeSequence(sequence.Id, bases);
    }
}
