using System.Globalization;
using System.Text;
using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Simulation;

/// <summary>A difference between a strain and its reference, as VCF has it.</summary>
/// <param name="Position">Of the first base of <paramref name="Reference"/>, from 0.</param>
/// <param name="Reference">The bases of the reference; for an indel with the base before it.</param>
/// <param name="Alternative">The bases of the strain there.</param>
public sealed record Variant(string Sequence, int Position, string Reference, string Alternative);

/// <summary>Variants of one haploid strain as VCF.</summary>
public static class Vcf
{
    private const int Columns = 5;

    /// <summary>Writes variants as VCF 4.3, one haploid sample, whole or not at all.</summary>
    /// <param name="contigs">The reference sequences' names and lengths.</param>
    public static void Write(string path, IEnumerable<(string Name, int Length)> contigs, IEnumerable<Variant> variants)
    {
        var text = new StringBuilder("##fileformat=VCFv4.3\n##source=dnabart simulate\n");
        text.Append("##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n");
        foreach (var (name, length) in contigs)
            text.Append($"##contig=<ID={name},length={length}>\n");
        text.Append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tstrain\n");
        foreach (var variant in variants)
            text.Append($"{variant.Sequence}\t{variant.Position + 1}\t.\t{variant.Reference}\t{variant.Alternative}\t.\tPASS\t.\tGT\t1\n");
        AtomicFile.WriteAllText(path, text.ToString());
    }

    /// <summary>Reads the variants of a file, all of which the strain has.</summary>
    /// <exception cref="InputException">The file cannot be read or is malformed; variants of a sequence are out of order or overlap; or one
    /// has several alternatives, or none in letters.</exception>
    internal static List<Variant> Read(InputBlock block)
    {
        var lines = new LineReader(block);
        var variants = new List<Variant>();
        var ends = new Dictionary<string, int>();
        while (lines.TryRead(out var line))
        {
            if (line.IsEmpty || line[0] == '#')
                continue;
            var variant = Parse(Encoding.Latin1.GetString(line)) is { } parsed
                ? parsed
                : throw InputException.At(block.Path, lines.Line, $"CHROM, POS, ID, REF and one ALT of letters, with tabs between, expected, found {InputText.Show(line)}");
            if (variant.Position < ends.GetValueOrDefault(variant.Sequence))
                throw InputException.At(block.Path, lines.Line, "overlaps the variant before it, or is out of order; sort the file and keep one of each");
            ends[variant.Sequence] = variant.Position + variant.Reference.Length;
            variants.Add(variant);
        }
        return variants;
    }

    private static Variant? Parse(string line) =>
        line.Split('\t', Columns + 1) is [var sequence, var position, _, var reference, var alternative, ..]
        && int.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var start) && start > 0
        && AreBases(reference) && AreBases(alternative)
            ? new Variant(sequence, start - 1, reference.ToUpperInvariant(), alternative.ToUpperInvariant())
            : null;

    private static bool AreBases(string text) => text.Length > 0 && Nucleotides.IndexOfInvalid(Encoding.Latin1.GetBytes(text)) < 0;
}
