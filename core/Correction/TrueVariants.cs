using DnaBart.Alignment;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Simulation;

namespace DnaBart.Correction;

/// <summary>Where a strain truly differs from the reference genome that correctors and models know: bases that must not be "corrected".</summary>
public abstract class TrueVariants
{
    /// <summary>Reads a VCF of the strain against the reference, or a FASTA of the reference; which it is the content says.</summary>
    /// <exception cref="InputException">The file cannot be read or is malformed.</exception>
    public static TrueVariants Load(string path)
    {
        using var block = InputBlock.Open(path);
        while (block.Unread.IsEmpty && block.Refill(1))
        {
        }
        if (block.Unread is [(byte)'#', ..])
            return new ListedVariants(Vcf.Read(block));
        using var fasta = new FastaReader(block);
        return new ReferenceVariants(new ReferenceAligner(new ReferenceGenome(fasta.ReadAll(), path)));
    }

    /// <summary>For each true base of a read, in the read's direction, whether it is of a variant: another base than the reference has, an
    /// inserted one, or the first behind a deletion.</summary>
    /// <param name="truth">The true bases, on the strain.</param>
    /// <param name="place">Where in the strain's genome they lie, where that is known.</param>
    /// <returns>Null where that cannot be told.</returns>
    public abstract bool[]? Mark(byte[] truth, ReadPlace? place);
}

/// <summary>Variants by a list of them; exact, wherever it is known where a read lies.</summary>
public sealed class ListedVariants : TrueVariants
{
    private enum Kind { Base, DeletionBefore }

    // Ascending positions in the strain.
    private readonly Dictionary<string, List<(int Position, Kind Kind)>> bySequence = [];

    /// <param name="variants">Ascending and without overlaps in each sequence.</param>
    public ListedVariants(IEnumerable<Variant> variants)
    {
        var shifts = new Dictionary<string, int>();
        foreach (var variant in variants)
        {
            if (!bySequence.TryGetValue(variant.Sequence, out var places))
                bySequence.Add(variant.Sequence, places = []);
            var shift = shifts.GetValueOrDefault(variant.Sequence);
            Add(places, variant, variant.Position + shift);
            shifts[variant.Sequence] = shift + variant.Alternative.Length - variant.Reference.Length;
        }
    }

    /// <exception cref="InputException">The place is not known.</exception>
    public override bool[] Mark(byte[] truth, ReadPlace? place)
    {
        if (place is null)
        {
            throw new InputException("the reads of the truth do not say where they lie (SEQUENCE:POSITION:STRAND behind the name, as simulated reads have it); "
                + "give the reference genome itself, FASTA, instead of a VCF");
        }
        var marks = new bool[truth.Length];
        if (!bySequence.TryGetValue(place.Sequence, out var places))
            return marks;
        var first = places.BinarySearch((place.Start, Kind.Base));
        for (var i = first < 0 ? ~first : first; i < places.Count && places[i].Position < place.Start + truth.Length; i++)
        {
            var (position, kind) = (places[i].Position - place.Start, places[i].Kind);
            // A deletion shows between two bases; of these the later one in the read stands for it.
            if (kind == Kind.Base)
                marks[place.Reverse ? truth.Length - 1 - position : position] = true;
            else if (position > 0)
                marks[place.Reverse ? truth.Length - position : position] = true;
        }
        return marks;
    }

    private static void Add(List<(int Position, Kind Kind)> places, Variant variant, int position)
    {
        var (reference, alternative) = (variant.Reference, variant.Alternative);
        var common = 0;
        while (common < Math.Min(reference.Length, alternative.Length) && reference[common] == alternative[common])
            common++;
        var sameLength = reference.Length == alternative.Length;
        // What both have behind an insertion or deletion is no part of it, as where it is written with the base after it.
        var (referenceEnd, end) = (reference.Length, alternative.Length);
        while (Math.Min(referenceEnd, end) > common && reference[referenceEnd - 1] == alternative[end - 1])
            (referenceEnd, end) = (referenceEnd - 1, end - 1);
        for (var i = common; i < end; i++)
        {
            if (!sameLength || alternative[i] != reference[i])
                places.Add((position + i, Kind.Base));
        }
        if (common == end && !sameLength)
            places.Add((position + common, Kind.DeletionBefore));
    }
}

/// <summary>Variants by the reference genome: where the true bases of a read differ from the one place that they align to.</summary>
public sealed class ReferenceVariants(ReferenceAligner reference) : TrueVariants
{
    public override bool[]? Mark(byte[] truth, ReadPlace? place) =>
        reference.Align(truth) is { MappingQuality: >= CorrectionEvaluation.UniqueMappingQuality } alignment ? alignment.Truth.Differences(truth) : null;
}
