using DnaBart.Gue;
using DnaBart.IO;

namespace DnaBart.Core.Tests.Gue;

public class GueCatalogueTests
{
    [Fact]
    public void HoldsThe28DatasetsOfTheSixTables()
    {
        Assert.Equal(28, GueCatalogue.All.Select(d => d.Task).Distinct().Count());
        Assert.Equal([10, 3, 3, 5, 5, 2], GueCatalogue.All.CountBy(d => d.Family).OrderBy(f => f.Key).Select(f => f.Value));
        Assert.Equal("virus/covid", Assert.Single(GueCatalogue.All, d => d.Metric == GueMetric.MacroF1).Task);
        Assert.All(GueCatalogue.All, d => Assert.All(d.Files.Values, f => Assert.All(f.GitBlobs, id => Assert.Matches("^[0-9a-f]{40}$", id))));
    }

    // Sums of the printed rows, computed apart from the code: a slip in any figure shows.
    [Theory]
    [InlineData(GueFamily.EpigeneticMarks, 580.60, 590.33, 677.02)]
    [InlineData(GueFamily.Promoter300, 264.44, 252.70, 237.34)]
    [InlineData(GueFamily.CorePromoter, 214.88, 215.08, 228.68)]
    [InlineData(GueFamily.TranscriptionFactorHuman, 316.63, 350.54, 377.70)]
    [InlineData(GueFamily.TranscriptionFactorMouse, 294.36, 357.94, 322.06)]
    [InlineData(GueFamily.SpliceAndVirus, 162.39, 156.95, 70.66)]
    public void PublishedFiguresAddUpToTheTablesSums(GueFamily family, params double[] sums)
    {
        foreach (var model in Enum.GetValues<PublishedModel>())
            Assert.Equal(sums[(int)model], GueCatalogue.All.Where(d => d.Family == family).Sum(d => GuePublished.Figure(d, model)), 2);
    }

    [Fact]
    public void FourMouseFiguresOfNtRepeatTheHumanRow()
    {
        var suspect = GueCatalogue.All.Where(d => GuePublished.IsSuspect(d, PublishedModel.Nt2500M)).ToList();
        Assert.Equal(["mouse/0", "mouse/1", "mouse/2", "mouse/3"], suspect.Select(d => d.Task));
        Assert.All(suspect, d => Assert.Equal(
            GuePublished.Figure(GueCatalogue.Find("tf/" + d.Label), PublishedModel.Nt2500M),
            GuePublished.Figure(d, PublishedModel.Nt2500M)));
    }

    [Fact]
    public void AnUnknownNameIsTheUsersError() =>
        Assert.Contains("gue list", Assert.Throws<InputException>(() => GueCatalogue.Find("tf/9")).Message);
}
