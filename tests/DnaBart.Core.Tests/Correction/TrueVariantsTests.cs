using System.Text;
using DnaBart.Alignment;
using DnaBart.Correction;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Metrics;
using DnaBart.Sequences;
using DnaBart.Simulation;

namespace DnaBart.Core.Tests.Correction;

public class TrueVariantsTests
{
    // Reference ACGTACGTAC; C of position 2 is T, two bases come in behind position 4, G and T of positions 7 and 8 are lost.
    private static readonly Variant[] Variants = [new("s", 1, "C", "T"), new("s", 3, "T", "TAA"), new("s", 5, "CGT", "C")];
    private const string Strain = "ATGTAAACAC";

    [Theory]
    [InlineData(0, 10, ".x..xx..x.")]
    [InlineData(1, 4, "x..x")]
    // The deletion lies before the read's first base, or behind its last.
    [InlineData(8, 2, "..")]
    [InlineData(6, 2, "..")]
    [InlineData(6, 3, "..x")]
    public void A_list_marks_substituted_and_inserted_bases_and_the_one_behind_a_deletion(int start, int length, string expected) =>
        Assert.Equal(expected, Marks(start, length, reverse: false));

    [Theory]
    // From the other side, the base behind the deletion is another.
    [InlineData(0, 10, "..x.xx..x.")]
    [InlineData(6, 3, ".x.")]
    [InlineData(7, 3, "..x")]
    [InlineData(8, 2, "..")]
    public void A_list_marks_reads_of_the_reverse_strand_in_their_own_direction(int start, int length, string expected) =>
        Assert.Equal(expected, Marks(start, length, reverse: true));

    [Theory]
    [InlineData("AC", "GAC", "x...")]
    [InlineData("AC", "ATTC", ".xx.")]
    [InlineData("ACC", "CC", "x...")]
    [InlineData("GTAC", "GAC", ".x..")]
    public void Bases_that_both_have_behind_an_insertion_or_deletion_are_no_variants(string reference, string alternative, string expected) =>
        Assert.Equal(
            expected,
            string.Concat(new ListedVariants([new Variant("s", 4, reference, alternative)]).Mark(new byte[6], new ReadPlace("s", 2, false)).Select(mark => mark ? 'x' : '.'))[2..]);

    [Fact]
    public void A_read_that_does_not_say_where_it_lies_is_refused_by_a_list_and_another_sequence_has_no_variants()
    {
        var list = new ListedVariants(Variants);

        Assert.Contains("SEQUENCE:POSITION:STRAND", Assert.Throws<InputException>(() => list.Mark("ACGT"u8.ToArray(), null)).Message);
        Assert.All(list.Mark(new byte[10], new ReadPlace("t", 0, false)), Assert.False);
    }

    [Fact]
    public void The_reference_itself_marks_the_same_substitutions()
    {
        var random = new Random(5);
        var reference = new FastaSequence("g some words", random.GetItems("ACGT"u8, 20_000));
        var variants = new List<Variant>();
        var strain = new Strain(snvRate: 0.003, indelRate: 0, seed: 3).Mutate(reference, 0, variants);
        var simulator = new ReadSimulator([strain], SequencingProfile.Parse("uniform:0"), 150, seed: 4);
        var (list, genome) = (new ListedVariants(variants), new ReferenceVariants(new ReferenceAligner(new ReferenceGenome([reference]))));
        var marked = 0;

        foreach (var truth in Enumerable.Range(0, 300).Select(i => simulator.Make(i).Truth))
        {
            var expected = list.Mark(truth.Bases, ReadPlace.OfName(truth.Name));
            var found = genome.Mark(truth.Bases, null)!;
            marked += expected.Count(mark => mark);
            // Close to an end, two differences make the aligner clip.
            Assert.Equal(expected[10..^10], found[10..^10]);
        }
        Assert.InRange(marked, 80, 200);
    }

    [Fact]
    public void Kept_variants_are_counted_among_those_that_the_raw_reads_show()
    {
        var variants = new ListedVariants(Variants);
        Read Named(string bases) => new("1 s:1:+", Encoding.ASCII.GetBytes(bases), Encoding.ASCII.GetBytes(new string('I', bases.Length)));
        var truth = Named(Strain);
        // The first shows all but the second inserted base and loses the substitution; the second shows all and loses the first inserted base.
        Read[] raw = [Named("ATGTACACAC"), truth];
        Read[] corrected = [Named("ACGTAAACAC"), Named("ATGTCAACAC")];

        var counted = CorrectionEvaluation.AgainstTruth(raw, corrected, [truth, truth], variants, 1, default);

        Assert.Equal(new VariantCounts(UntoldReads: 0, Covered: 8, Shown: 7, Kept: 5), counted.Variants);
        Assert.Equal((1, 2, 0), (counted.Metrics.TruePositives, counted.Metrics.FalsePositives, counted.Metrics.FalseNegatives));
        Assert.Equal((new EditCounts(1, 0, 0), new EditCounts(2, 0, 0)), (counted.EditsBefore, counted.EditsAfter));
    }

    [Fact]
    public void A_VCF_and_a_FASTA_file_are_told_apart_by_what_they_hold()
    {
        using var folder = new TemporaryFolder();
        Vcf.Write(folder["a"], [("s", 10)], Variants);
        File.WriteAllText(folder["b"], $">s\n{string.Concat(Enumerable.Repeat("ACGGTTAC", 20))}\n");

        Assert.IsType<ListedVariants>(TrueVariants.Load(folder["a"]));
        Assert.IsType<ReferenceVariants>(TrueVariants.Load(folder["b"]));
    }

    private static string Marks(int start, int length, bool reverse) =>
        string.Concat(new ListedVariants(Variants).Mark(new byte[length], new ReadPlace("s", start, reverse)).Select(mark => mark ? 'x' : '.'));
}
