namespace DnaBart.Metrics;

/// <summary>How reads before and after correction compare with the truth, base by base, as the field counts it (Yang, Chockalingam and
/// Aluru, Brief. Bioinform. 14:56, 2013).</summary>
/// <param name="Reads">Reads with a known truth.</param>
/// <param name="Bases">True bases that they should show.</param>
/// <param name="TruePositives">Errors that were put right.</param>
/// <param name="FalsePositives">Right bases that were made wrong.</param>
/// <param name="FalseNegatives">Errors that are left, also where one was changed into another.</param>
/// <param name="PerfectBefore">Reads without an error before correction.</param>
/// <param name="PerfectAfter">Reads without an error after it.</param>
public sealed record CorrectionMetrics(
    long Reads, long Bases, long TruePositives, long FalsePositives, long FalseNegatives, long PerfectBefore, long PerfectAfter)
{
    public static CorrectionMetrics None { get; } = new(0, 0, 0, 0, 0, 0, 0);

    public long ErrorsBefore => TruePositives + FalseNegatives;

    public long ErrorsAfter => FalsePositives + FalseNegatives;

    /// <summary>Share of the errors that are gone, those newly made counted against; negative where reads got worse. NaN without errors.</summary>
    public double Gain => (double)(TruePositives - FalsePositives) / ErrorsBefore;

    /// <summary>Share of the errors that were put right. NaN without errors.</summary>
    public double Sensitivity => (double)TruePositives / ErrorsBefore;

    /// <summary>Share of the changes to right bases or of errors that put an error right. NaN without changes.</summary>
    public double Precision => (double)TruePositives / (TruePositives + FalsePositives);

    public double MadeWrongPerMillion => 1e6 * FalsePositives / Bases;

    public double ErrorRateBefore => (double)ErrorsBefore / Bases;

    public double ErrorRateAfter => (double)ErrorsAfter / Bases;

    public static CorrectionMetrics operator +(CorrectionMetrics a, CorrectionMetrics b) => new(
        a.Reads + b.Reads, a.Bases + b.Bases, a.TruePositives + b.TruePositives, a.FalsePositives + b.FalsePositives,
        a.FalseNegatives + b.FalseNegatives, a.PerfectBefore + b.PerfectBefore, a.PerfectAfter + b.PerfectAfter);

    /// <summary>Counts one read.</summary>
    /// <param name="truth">The true bases; letters other than A, C, G, T do not count.</param>
    /// <param name="before">What the read showed for each of them; any other byte where it lacks the base.</param>
    /// <param name="after">What it shows after correction.</param>
    public static CorrectionMetrics OfRead(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        long bases = 0, right = 0, wrong = 0, left = 0;
        for (var i = 0; i < truth.Length; i++)
        {
            if (Sequences.Nucleotides.Code(truth[i]) < 0)
                continue;
            bases++;
            var (wasRight, isRight) = (before[i] == truth[i], after[i] == truth[i]);
            right += !wasRight && isRight ? 1 : 0;
            wrong += wasRight && !isRight ? 1 : 0;
            left += !wasRight && !isRight ? 1 : 0;
        }
        return new(1, bases, right, wrong, left, right + left == 0 ? 1 : 0, wrong + left == 0 ? 1 : 0);
    }
}
