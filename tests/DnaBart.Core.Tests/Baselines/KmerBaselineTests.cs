using DnaBart.Baselines;
using DnaBart.Fixtures;
using DnaBart.Gue;

namespace DnaBart.Core.Tests.Baselines;

public class KmerBaselineTests
{
    private static readonly string[] Motifs = ["GATTACA", "CCGCGGA", "TTTAAAC"];

    [Fact]
    public void FindsPlantedMotifsOfThreeClasses()
    {
        var model = KmerModel.Fit(Planted(600, seed: 1), 3, k: 4, bothStrands: false, l2: 0.1);
        Assert.InRange(model.Evaluate(Planted(300, seed: 2)).Mcc, 0.9, 1);
    }

    [Fact]
    public void LearnsNothingFromLabelsWithoutMeaning()
    {
        var random = new Random(3);
        List<GueExample> Shuffled(int seed) => [.. Planted(600, seed).Select(e => e with { Label = random.Next(3) })];
        var model = KmerModel.Fit(Shuffled(1), 3, k: 4, bothStrands: false, l2: 1);
        Assert.InRange(model.Evaluate(Shuffled(2)).Mcc, -0.12, 0.12);
    }

    [Fact]
    public void WithBothStrandsAReverseComplementIsTheSameSequence()
    {
        var model = KmerModel.Fit(Planted(300, seed: 1), 3, k: 5, bothStrands: true, l2: 0.1);
        Assert.All(Planted(100, seed: 4), e => Assert.Equal(model.Predict(e.Sequence), model.Predict(ReverseComplement(e.Sequence))));
    }

    [Fact]
    public void AllUnknownLettersGiveTheCommonestClass()
    {
        var examples = Planted(300, seed: 1).Where(e => e.Label == 2).Concat(Planted(60, seed: 5)).ToList();
        Assert.Equal(2, KmerModel.Fit(examples, 3, k: 4, bothStrands: false, l2: 10).Predict("NNNNNNNNNN"));
    }

    [SkippableFact]
    public void OnMouse3ItReachesWhatItIsKnownToReach()
    {
        var folder = new GueFolder(SharedData.Require("data/gue"));
        var result = KmerBaseline.Run(folder, GueCatalogue.Find("mouse/3"));
        Assert.InRange(result.Test.Mcc, 0.71, 0.74);
        Assert.Equal(239, result.Test.Total);
    }

    private static List<GueExample> Planted(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var bases = string.Concat(Enumerable.Range(0, 60).Select(_ => "ACGT"[random.Next(4)]));
            return new GueExample(bases.Insert(random.Next(60), Motifs[i % 3] + Motifs[i % 3]), i % 3);
        })];
    }

    private static string ReverseComplement(string sequence) =>
        string.Concat(sequence.Reverse().Select(b => "TGCA"["ACGT".IndexOf(b)]));
}
