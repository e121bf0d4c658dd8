using DnaBart.Correction;
using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Correction;

public class NoisyChannelTests
{
    private const double SureModel = 30;

    private static readonly NoisyChannel Channel = new(threshold: 0, qualityWeight: 1, modelOffset: 0);

    private static WeighedProposal Proposal(int phred, double modelLogOdds = SureModel, double spectrum = 0, bool agreed = false) =>
        new(new Proposal([new ProposedBase(5, 2)], modelLogOdds), Phred.LogOddsOfOther((byte)(33 + phred)), spectrum, agreed);

    private static bool Changes(WeighedProposal proposal, double divergence) => Channel.Accepts(Channel.LogOdds(proposal, divergence));

    [Fact]
    public void What_other_reads_show_counts_against_the_model_and_for_it_only_where_it_is_the_stronger()
    {
        const double divergence = 1e-3;
        var model = Channel.LogOdds(Proposal(30), divergence);

        Assert.Equal(model, Channel.LogOdds(Proposal(30, spectrum: 2), divergence));
        Assert.Equal(Phred.LogOddsOfOther(33 + 30) + 12, Channel.LogOdds(Proposal(30, spectrum: 12), divergence), 9);
        Assert.Equal(model - 2, Channel.LogOdds(Proposal(30, spectrum: -2), divergence), 9);
    }

    [Theory]
    [InlineData(1e-6, 41, true)]
    [InlineData(0.005, 41, false)]
    [InlineData(0.005, 30, false)]
    [InlineData(0.005, 15, true)]
    public void However_sure_the_model_is_a_variant_is_as_likely_as_the_sample_diverges(double divergence, int phred, bool changes) =>
        Assert.Equal(changes, Changes(Proposal(phred), divergence));

    [Fact]
    public void The_model_must_outweigh_the_quality_and_its_offset_counts_for_it()
    {
        Assert.False(Changes(Proposal(40, modelLogOdds: 8), 1e-9));
        Assert.True(new NoisyChannel(0, 1, modelOffset: 3).LogOdds(Proposal(40, modelLogOdds: 8), 1e-9) > 0);
        Assert.False(new NoisyChannel(threshold: 5, 1, 0).Accepts(4.9));
    }

    [Fact]
    public void Differences_of_high_quality_are_the_samples_divergence_and_those_of_low_quality_errors()
    {
        var errors = Reads(count: 300, Proposal(12));
        var variants = Reads(count: 200, Proposal(38));
        var clean = Reads(count: 500);

        Assert.InRange(EstimateDivergence(clean), 1e-7, 1e-5);
        Assert.InRange(EstimateDivergence([.. errors, .. clean]), 1e-7, 1e-4);
        // A variant in 200 of 1,000 reads of 150 bases, where no read has two: ln(1 / 0.8) by Poisson is a little more than 0.2.
        Assert.InRange(EstimateDivergence([.. errors, .. clean, .. variants]), 0.2 / 150, 0.26 / 150);
    }

    [Fact]
    public void Where_there_is_nothing_to_see_divergence_is_the_usual_one() =>
        Assert.Equal(Divergence.Usual.OfSample, Channel.EstimateDivergence([], 0).OfSample, 9);

    [Fact]
    public void Reads_of_a_near_copy_are_not_the_samples_divergence()
    {
        var clean = Reads(count: 950);
        var nearCopy = Reads(count: 50, Proposal(38), Proposal(38), Proposal(38));
        Assert.InRange(EstimateDivergence([.. clean, .. nearCopy]), 1e-7, 1e-5);
        // But where most reads differ, the sample does.
        Assert.InRange(EstimateDivergence([.. Reads(count: 300), .. Reads(count: 700, Proposal(38), Proposal(38), Proposal(38))]), 0.012, 0.016);
    }

    private static IEnumerable<IReadOnlyList<WeighedProposal>> Reads(int count, params WeighedProposal[] proposals) => Enumerable.Repeat(proposals, count);

    private static double EstimateDivergence(IEnumerable<IReadOnlyList<WeighedProposal>> reads) =>
        Channel.EstimateDivergence([.. reads], 150L * reads.Count()).OfOneReading;

    [Fact]
    public void What_one_reading_alone_says_is_not_the_samples_divergence()
    {
        var clean = Reads(count: 900);
        var lone = Reads(count: 50, Proposal(60));
        var agreed = Reads(count: 50, Proposal(60, agreed: true));

        var ofNetworks = Estimate([.. clean, .. lone, .. Reads(count: 50, Proposal(10, agreed: true))]);
        var ofSample = Estimate([.. clean, .. lone, .. agreed]);

        Assert.InRange(ofNetworks.OfSample, 1e-7, 2e-5);
        Assert.InRange(ofNetworks.OfOneReading, 0.04 / 150, 0.06 / 150);
        Assert.InRange(ofSample.OfSample, 0.04 / 150, 0.06 / 150);
        Assert.InRange(ofSample.OfOneReading, 0.09 / 150, 0.12 / 150);
        // A model of one strand reads no read twice.
        var oneStrand = Estimate([.. clean, .. lone]);
        Assert.Equal(oneStrand.OfOneReading, oneStrand.OfSample);

        static Divergence Estimate(IReadOnlyList<IReadOnlyList<WeighedProposal>> reads) => Channel.EstimateDivergence(reads, 150L * reads.Count);
    }

    /// <summary>That reads of the copy show the same is what one would expect there.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void A_second_difference_of_high_quality_says_that_the_read_is_of_a_near_copy(double spectrum) =>
        Assert.InRange(Channel.EstimateDivergence([Proposal(38, spectrum: spectrum)], 150, 1e-5), 1e-3, 1e-2);

    [Fact]
    public void A_read_with_several_differences_of_high_quality_is_of_something_else()
    {
        const double OfSample = 1e-6;
        var foreign = Channel.EstimateDivergence(Enumerable.Repeat(Proposal(38), 8).ToList(), 150, OfSample);

        Assert.InRange(foreign, 0.005, 0.05);
        Assert.InRange(Channel.EstimateDivergence([Proposal(10)], 150, OfSample), OfSample / 2, 1e-4);
        Assert.Equal(OfSample, Channel.EstimateDivergence([], 150, OfSample));
    }
}
