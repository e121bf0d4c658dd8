using DnaBart.Core.Tests.Sequences;
using DnaBart.Correction;
using DnaBart.Sequences;
using DnaBart.Tokenization;

namespace DnaBart.Core.Tests.Correction;

public class ComplementaryProposerTests
{
    private static readonly byte[] Genome = new Random(11).GetItems("ACGT"u8, 60);
    private static readonly byte[] Complement = ReverseComplement(Genome);
    private static readonly BpeTokenizer Letters = BpeTrainer.Train([Genome], 10);

    private static byte[] ReverseComplement(byte[] bases)
    {
        var other = new byte[bases.Length];
        Nucleotides.ReverseComplement(bases, other);
        return other;
    }

    /// <summary>A network that knows some sequences from their starts on and would have any other source as it is not: its complement, base by base.</summary>
    private static ReadProposer Network(params byte[][] known) => new(
        new TableDenoiser(Letters, source => known.Select(one => one[..Math.Min(source.Length, one.Length)]).Where(one => one.Length == source.Length)
            .FirstOrDefault(one => one.Zip(source).Count(pair => pair.First != pair.Second) < 4) ?? [.. source.Select(Partner.Of)]),
        Letters, windowBases: 60, batchTokens: 1000);

    private static (List<ProposedBase> Proposed, long Forward, long Second) Ask(byte[] bases, params byte[][] known)
    {
        var (forward, complement) = (Network([Genome, .. known]), Network([Complement, .. known]));
        var proposals = new ComplementaryProposer(forward, complement).Propose([new Read("r", bases, Enumerable.Repeat((byte)'5', bases.Length).ToArray())], default)[0];
        return ([.. proposals.SelectMany(proposal => proposal.Bases)], forward.Passes, complement.Passes);
    }

    private static byte[] WithOther(byte[] bases, int position)
    {
        var noisy = (byte[])bases.Clone();
        noisy[position] = Partner.Of(noisy[position]);
        return noisy;
    }

    [Fact]
    public void Each_network_is_asked_about_the_strand_that_it_knows()
    {
        var (proposed, forward, second) = Ask(Genome);
        Assert.Empty(proposed);
        // Each also about the end of the strand, with something behind it that it does not know.
        Assert.Equal((2, 2), (forward, second));
        Assert.Equal(3, Ask(Complement).Forward);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void An_error_is_seen_by_both_networks_on_either_strand(bool reverse)
    {
        var strand = reverse ? Complement : Genome;
        var right = new ProposedBase(30, Nucleotides.Code(strand[30]));
        Assert.Equal([right, right], Ask(WithOther(strand, 30)).Proposed);
    }

    [Fact]
    public void A_near_copy_on_the_other_strand_does_not_hide_where_the_read_is_from()
    {
        // The first network knows the copy on the read's own strand, and the read's place on the other one.
        var proposed = Ask(WithOther(Complement, 10), WithOther(Complement, 30)).Proposed;
        Assert.Contains(new ProposedBase(30, Nucleotides.Code(WithOther(Complement, 30)[30])), proposed);
        Assert.True(proposed.Count(one => one == new ProposedBase(10, Nucleotides.Code(Complement[10]))) > 1, string.Join(", ", proposed));
    }
}
