using DnaBart.Sequences;
using DnaBart.Simulation;
using static DnaBart.Core.Tests.Spectrum.SpectrumReads;

namespace DnaBart.Core.Tests.Spectrum;

/// <summary>Samples of which some places lie much deeper than others: transcripts, metagenomes, organelles.</summary>
public class UnevenCoverageTests
{
    [Theory]
    [InlineData("hiseq")]
    [InlineData("miseq")]
    public void Places_of_any_depth_gain_nearly_what_they_would_alone(string profile)
    {
        var genome = RandomBases(59_000, 0.45);
        List<SimulatedRead>[] parts =
        [
            Simulate(new GenomeSequence("rare", genome[..40_000]), profile, 5, seed: 1),
            Simulate(new GenomeSequence("usual", genome[40_000..58_000]), profile, 40, seed: 2),
            Simulate(new GenomeSequence("common", genome[58_000..]), profile, 1200, seed: 3),
        ];

        Assert.All(CorrectTogether(parts).Zip(parts), one => Assert.InRange(one.First.Gain, Correct(one.Second).Gain - 0.05, 1));
    }

    /// <summary>An error in the middle of a short read lies in all of its k-mers: where the read is from then shows in those with another base there.</summary>
    [Fact]
    public void Short_reads_of_deep_places_lose_errors_in_their_middle()
    {
        const int Length = 36;
        var genome = RandomBases(101_000, 0.45);
        var usual = Simulate(new GenomeSequence("usual", genome[..100_000]), "uniform:0.01", 12, seed: 1, Length);
        var common = Simulate(new GenomeSequence("common", genome[100_000..]), "uniform:0.01", 600, seed: 2, Length);

        // 0.76 before, and 0.88 before errors close together were looked for where they leave no support.
        Assert.InRange(CorrectTogether(common, usual)[0].Gain, 0.89, 1);
    }

    /// <summary>A base that eight reads have is none that they share by error, though a hundred others have another one in its place.</summary>
    [Fact]
    public void A_rare_strain_beside_a_common_one_keeps_its_variants()
    {
        var strain = new Strain(0.03, 0, seed: 4).Mutate(new FastaSequence("s", Sars.Bases), 0, []);

        var outcome = CorrectTogether(Simulate(strain, "hiseq", 10, seed: 5), Simulate(Sars, "hiseq", 120, seed: 6))[0];

        // Of 9,000 variant bases in its reads; 6,195 before what support is worth was learned by depth.
        Assert.InRange(outcome.MadeWrong, 0, 300);
        Assert.InRange(outcome.Gain, 0.4, 1);
    }

    private static List<Outcome> CorrectTogether(params List<SimulatedRead>[] parts)
    {
        var corrected = CorrectAll([.. parts.SelectMany(part => part).Select(read => read.Read)], threads: 2);
        var outcomes = new List<Outcome>();
        foreach (var part in parts)
        {
            outcomes.Add(Outcome.Of(part, corrected[..part.Count]));
            corrected.RemoveRange(0, part.Count);
        }
        return outcomes;
    }
}
