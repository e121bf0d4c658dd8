using DnaBart.Metrics;

namespace DnaBart.Core.Tests.Metrics;

public class CorrectionMetricsTests
{
    [Fact]
    public void Counts_by_hand()
    {
        // One error put right, one left, one changed to another error, one right base made wrong; N in the truth does not count.
        var read = CorrectionMetrics.OfRead("ACGTACGTNA"u8, "ACTTAAGAAA"u8, "ACGTAAGCCT"u8);

        Assert.Equal(new CorrectionMetrics(
            Reads: 1, Bases: 9, TruePositives: 1, FalsePositives: 1, FalseNegatives: 2, PerfectBefore: 0, PerfectAfter: 0), read);
    }

    [Fact]
    public void Rates_by_hand()
    {
        var perfect = CorrectionMetrics.OfRead("ACGT"u8, "ACGT"u8, "ACGT"u8);
        var mended = CorrectionMetrics.OfRead("ACGT"u8, "ACCC"u8, "ACGT"u8);
        var worse = CorrectionMetrics.OfRead("ACGT"u8, "ACGC"u8, "TCGC"u8);
        var all = perfect + mended + worse;

        Assert.Equal((3, 12, 2, 1, 1, 1, 2), (all.Reads, all.Bases, all.TruePositives, all.FalsePositives, all.FalseNegatives, all.PerfectBefore, all.PerfectAfter));
        Assert.Equal((3, 2), (all.ErrorsBefore, all.ErrorsAfter));
        Assert.Equal(1 / 3.0, all.Gain, 12);
        Assert.Equal(2 / 3.0, all.Sensitivity, 12);
        Assert.Equal(2 / 3.0, all.Precision, 12);
        Assert.Equal(1e6 / 12, all.MadeWrongPerMillion, 6);
    }
}
