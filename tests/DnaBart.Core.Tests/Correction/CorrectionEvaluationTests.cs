using System.Text;
using DnaBart.Alignment;
using DnaBart.Core.Tests.Sequences;
using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Metrics;
using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Correction;

public class CorrectionEvaluationTests
{
    private const string Genome = "ACGTTGCAAGCTTACGGATCCATTGACCGTAAGCTAGGCTTAACGATTCGGCATTAGCCTAGGATACCAGTTCGA";

    private static Read Named(string name, string bases) => new(name, Encoding.ASCII.GetBytes(bases), Encoding.ASCII.GetBytes(new string('I', bases.Length)));

    /// <summary>The genome's first bases with a letter replaced.</summary>
    private static Read Genomic(string name, params int[] errors)
    {
        var bases = Encoding.ASCII.GetBytes(Genome[..60]);
        foreach (var i in errors)
            bases[i] = Partner.Of(bases[i]);
        return new Read(name, bases, Encoding.ASCII.GetBytes(new string('I', 60)));
    }

    private static readonly Read[] Raw = [Genomic("a 1:N:0", 20), Genomic("b", 25, 30), Genomic("c"), Genomic("d", 12)];
    private static readonly Read[] Corrected = [Genomic("a", []), Genomic("b cor", 30), Genomic("d", 12, 13)];

    private static readonly CorrectionEvaluation Expected =
        new(new CorrectionMetrics(3, 180, TruePositives: 2, FalsePositives: 1, FalseNegatives: 2, PerfectBefore: 0, PerfectAfter: 1),
            new EditCounts(4, 0, 0), new EditCounts(3, 0, 0), Variants: null, Unplaced: 0, Dropped: 1, DroppedErrors: 0);

    [Fact]
    public void Against_the_genome()
    {
        var aligner = new ReferenceAligner(new ReferenceGenome([new FastaSequence("g", Encoding.ASCII.GetBytes(Genome))]));

        Assert.Equal(Expected, CorrectionEvaluation.AgainstReference(Raw, Corrected, aligner, null, 2, default));
        Assert.Equal(
            CorrectionEvaluation.Nothing with { Unplaced = 1 },
            CorrectionEvaluation.AgainstReference([Named("x", new string('A', 60))], [Named("x", new string('A', 60))], aligner, null, 2, default));
    }

    [Fact]
    public void Against_the_reads_without_errors() =>
        Assert.Equal(Expected, CorrectionEvaluation.AgainstTruth(Raw, Corrected, Raw.Select(read => Genomic(read.Name)), null, 2, default));

    [Fact]
    public void Reads_of_RNA_letters_and_in_lower_case_count_as_the_same_of_DNA()
    {
        static Read Rna(Read read) => read with { Bases = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(read.Bases).ToLowerInvariant().Replace('t', 'u')) };
        var aligner = new ReferenceAligner(new ReferenceGenome([new FastaSequence("g", Encoding.ASCII.GetBytes(Genome))]));

        Assert.Equal(Expected, CorrectionEvaluation.AgainstTruth(Raw.Select(Rna), Corrected, Raw.Select(read => Genomic(read.Name)), null, 2, default));
        Assert.Equal(Expected, CorrectionEvaluation.AgainstReference(Raw.Select(Rna), Corrected.Select(Rna), aligner, null, 2, default));
    }

    [Fact]
    public void An_indel_put_right_and_a_read_trimmed_are_aligned_with_the_truth()
    {
        var truth = Named("a", Genome[..60]);
        var deleted = Named("a", Genome[..30] + Genome[31..60]);

        var mended = CorrectionEvaluation.AgainstTruth([deleted], [truth], [truth], null, 1, default).Metrics;
        var untouched = CorrectionEvaluation.AgainstTruth([deleted], [deleted], [truth], null, 1, default).Metrics;
        var trimmed = CorrectionEvaluation.AgainstTruth([truth], [Named("a", Genome[..55])], [truth], null, 1, default).Metrics;

        Assert.Equal((1, 0, 0), (mended.TruePositives, mended.FalsePositives, mended.FalseNegatives));
        Assert.Equal((0, 0, 1), (untouched.TruePositives, untouched.FalsePositives, untouched.FalseNegatives));
        Assert.Equal((0, 5, 0), (trimmed.TruePositives, trimmed.FalsePositives, trimmed.FalseNegatives));
    }

    [Fact]
    public void Between_an_insertion_and_a_deletion_bases_are_not_wrong_though_the_length_is_right()
    {
        var truth = Named("a", Genome[..60]);
        var shifted = Named("a", Genome[..20] + "A" + Genome[20..40] + Genome[41..60]);

        var mended = CorrectionEvaluation.AgainstTruth([shifted], [truth], [truth], null, 1, default).Metrics;
        var untouched = CorrectionEvaluation.AgainstTruth([shifted], [shifted], [truth], null, 1, default).Metrics;

        Assert.Equal((2, 0, 0), (mended.TruePositives, mended.FalsePositives, mended.FalseNegatives));
        Assert.Equal((0, 0, 2), (untouched.TruePositives, untouched.FalsePositives, untouched.FalseNegatives));
    }

    [Fact]
    public void Right_bases_between_errors_at_the_end_of_a_read_with_an_indel_are_right()
    {
        var truth = Named("a", Genome[..60]);
        var errors = Genomic("a", 55, 58).Bases;
        var raw = Named("a", Encoding.ASCII.GetString([.. errors[..30], .. errors[31..]]));

        var untouched = CorrectionEvaluation.AgainstTruth([raw], [raw], [truth], null, 1, default);

        Assert.Equal((3, 3), (untouched.Metrics.FalseNegatives, untouched.EditsAfter.Distance));
    }

    [Fact]
    public void Of_mates_that_follow_each_other_the_one_that_is_missing_is_known()
    {
        Read[] raw = [Genomic("a 1:N:0:AC", 20), Genomic("a 2:N:0:AC", 25, 30)];

        var evaluation = CorrectionEvaluation.AgainstTruth(raw, [Genomic("a 2:N:0:AC cor")], raw.Select(read => Genomic(read.Name)), null, 1, default);

        Assert.Equal((1, 1), (evaluation.Dropped, evaluation.DroppedErrors));
        Assert.Equal(2, evaluation.Metrics.TruePositives);
    }

    [Fact]
    public void A_corrected_read_that_is_not_among_the_raw_ones_is_named()
    {
        var error = Assert.Throws<InputException>(() => CorrectionEvaluation.AgainstTruth(Raw, [Genomic("z")], Raw, null, 1, default));

        Assert.Contains("read 'z' is not among the raw reads", error.Message);
    }

    [Fact]
    public void A_raw_read_without_truth_is_named()
    {
        var error = Assert.Throws<InputException>(() => CorrectionEvaluation.AgainstTruth(Raw, Corrected, Raw[..3], null, 1, default));

        Assert.Contains("read 'd' is missing among the truth", error.Message);
    }
}
