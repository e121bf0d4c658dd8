using DnaBart.Correction;

namespace DnaBart.Core.Tests.Correction;

public class ForeignStretchesTests
{
    // About what Phred 38 and Phred 8 stand for.
    private const double Good = -9.8, Poor = -2.7;

    private static HashSet<int> Find(double logOdds, params int[] positions) => FindBefore([], logOdds, positions);

    private static HashSet<int> FindBefore((int Position, int Direction)[] breaks, double logOdds, params int[] positions) =>
        ForeignStretches.Find(positions.Select(position => (position, logOdds)), length: 150, breaks);

    [Fact]
    public void A_lone_change_is_an_error_whatever_its_quality() => Assert.Empty(Find(Good, 40));

    [Fact]
    public void Changes_far_apart_are_errors() => Assert.Empty(Find(Good, 10, 25, 40, 70, 100));

    [Fact]
    public void A_burst_of_errors_at_poor_quality_is_errors() => Assert.Empty(Find(Poor, 90, 92, 93, 95, 97, 98));

    [Fact]
    public void Two_errors_side_by_side_in_a_read_that_goes_on_as_expected_are_errors_and_at_its_end_something_else()
    {
        Assert.Empty(Find(Good, 70, 71));
        Assert.Equal([148, 149], Find(Good, 148, 149).Order());
        Assert.Equal([0, 1], Find(Good, 0, 1).Order());
    }

    /// <summary>Three in four bases behind an insertion differ from those expected there.</summary>
    [Fact]
    public void What_lies_behind_an_insertion_is_something_else() => Assert.Equal([140, 141, 143, 144, 145, 147, 149], Find(Good, 140, 141, 143, 144, 145, 147, 149).Order());

    [Fact]
    public void Errors_elsewhere_in_the_read_are_not_of_the_stretch() =>
        Assert.Equal([60, 61, 62, 64, 65], Find(Good, 20, 60, 61, 62, 64, 65, 90, 120).Order());

    /// <summary>With the other half of a chimera, one base or two are as expected by chance.</summary>
    [Theory]
    [InlineData(99, Good, true)]
    [InlineData(96, Good, true)]
    [InlineData(90, Good, false)]
    [InlineData(100, Good, false)]
    [InlineData(99, Poor, false)]
    public void Where_the_read_goes_on_as_no_other_does_a_change_beside_it_is_of_what_follows(int position, double logOdds, bool foreign)
    {
        Assert.Equal(foreign, FindBefore([(100, 1)], logOdds, position).Count > 0);
        Assert.Equal(foreign, FindBefore([(49, -1)], logOdds, 149 - position).Count > 0);
    }
}
