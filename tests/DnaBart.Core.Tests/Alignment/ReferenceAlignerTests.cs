using System.Text;
using DnaBart.Alignment;
using DnaBart.Core.Tests.Sequences;
using DnaBart.Correction;
using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Alignment;

/// <summary>Reads made from a random genome of two sequences, so that place, strand and errors are known.</summary>
public class ReferenceAlignerTests
{
    private const int Length = 150;

    private static readonly byte[][] Sequences = MakeSequences();
    private static readonly ReferenceAligner Aligner = new(new ReferenceGenome(Sequences.Select((bases, i) => new FastaSequence($"s{i}", bases))));

    private static byte[][] MakeSequences()
    {
        var random = new Random(8);
        var (first, second) = (random.GetItems("ACGT"u8, 20_000), random.GetItems("ACGT"u8, 5_000));
        // A repeat of 400 bases.
        first.AsSpan(3000, 400).CopyTo(second.AsSpan(1000));
        return [first, second];
    }

    private static byte[] Turned(byte[] bases, bool reverse)
    {
        var turned = new byte[bases.Length];
        Nucleotides.ReverseComplement(bases, turned);
        return reverse ? turned : bases;
    }

    private static byte Other(byte letter) => Partner.Of(letter);

    public static TheoryData<int, int, bool> Places => new()
    {
        { 0, 0, false }, { 0, 20_000 - Length, true }, { 1, 0, true }, { 1, 5_000 - Length, false }, { 0, 7_777, false }, { 1, 2_345, true },
    };

    [Theory, MemberData(nameof(Places))]
    public void Substitutions_are_found_at_their_place(int sequence, int position, bool reverse)
    {
        var genome = Sequences[sequence][position..(position + Length)];
        var truth = Turned(genome, reverse);
        var read = (byte[])truth.Clone();
        int[] errors = [20, 71, 72, 130];
        foreach (var i in errors)
            read[i] = Other(read[i]);

        var alignment = Aligner.Align(read)!;

        Assert.Equal((sequence, position, reverse), (alignment.Sequence, alignment.Position, alignment.Reverse));
        Assert.Equal(truth, alignment.Truth.Bases);
        Assert.Equal(read, alignment.Truth.Observe(read));
        Assert.Equal(Enumerable.Range(0, Length), alignment.Truth.ReadPositions());
        Assert.True(alignment.MappingQuality >= CorrectionEvaluation.UniqueMappingQuality);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_deletion_and_an_insertion_cost_a_base_each(bool reverse)
    {
        var truth = Turned(Sequences[0][9_000..(9_000 + Length)], reverse);
        byte[] read = [.. truth[..50], .. truth[51..100], Other(truth[100]), .. truth[100..]];

        var alignment = Aligner.Align(read)!;
        var seen = alignment.Truth.Observe(read);
        var wrong = Enumerable.Range(0, Length).Where(i => seen[i] != truth[i]).ToArray();

        Assert.Equal(truth, alignment.Truth.Bases);
        // An equal neighbour may stand for the base that is gone or was put in.
        Assert.Equal(2, wrong.Length);
        Assert.InRange(wrong[0], 45, 55);
        Assert.InRange(wrong[1], 95, 105);
        Assert.Equal(59, alignment.Truth.ReadPositions()[60]);
        Assert.Equal(truth, alignment.Truth.Observe(truth));
    }

    [Fact]
    public void Ends_of_something_else_are_clipped()
    {
        var random = new Random(2);
        var truth = Sequences[0][12_000..(12_000 + Length)];
        byte[] read = [.. random.GetItems("ACGT"u8, 20), .. truth, .. random.GetItems("ACGT"u8, 30)];

        var alignment = Aligner.Align(read)!;
        var bases = Encoding.ASCII.GetString(alignment.Truth.Bases);

        // A base or two of the random ends may agree by chance.
        Assert.InRange(alignment.Position, 12_000 - 3, 12_000);
        Assert.Contains(Encoding.ASCII.GetString(truth), bases);
        Assert.InRange(bases.Length, Length, Length + 6);
        Assert.Equal(alignment.Truth.Bases, alignment.Truth.Observe(read));
    }

    [Fact]
    public void A_read_of_a_repeat_has_no_place_of_its_own() =>
        Assert.Equal(0, Aligner.Align(Sequences[0][3_100..(3_100 + Length)])!.MappingQuality);

    [Fact]
    public void A_read_of_something_else_has_no_place() => Assert.Null(Aligner.Align(new Random(99).GetItems("ACGT"u8, Length)));

    [Fact]
    public void Reads_with_many_errors_of_every_kind_are_placed_on_both_strands()
    {
        var random = new Random(4);
        for (var n = 0; n < 300; n++)
        {
            var position = random.Next(4_000, 20_000 - Length);
            var reverse = n % 2 == 1;
            var truth = Turned(Sequences[0][position..(position + Length)], reverse);
            var read = truth.SelectMany((letter, i) => (i is < 10 or > 140 ? 1 : random.NextDouble()) switch
            {
                < 0.02 => new[] { Other(letter) },
                < 0.025 => [],
                < 0.03 => [letter, Other(letter)],
                _ => [letter],
            }).ToArray();

            var alignment = Aligner.Align(read)!;

            Assert.Equal((0, reverse), (alignment.Sequence, alignment.Reverse));
            Assert.InRange(alignment.Position, position - 2, position + 2);
            Assert.InRange(alignment.MappingQuality, CorrectionEvaluation.UniqueMappingQuality, 60);
        }
    }
}
