namespace DnaBart.Metrics;

/// <summary>What became of the bases by which reads of a strain truly differ from the genome that a corrector knows.</summary>
/// <param name="UntoldReads">Reads of which it cannot be told where they differ; they count nowhere else.</param>
/// <param name="Covered">Variant bases that reads should show, counted a read.</param>
/// <param name="Shown">Of these, those that the raw reads show: the others are sequencing errors.</param>
/// <param name="Kept">Of those shown, those that the corrected reads still show.</param>
public readonly record struct VariantCounts(long UntoldReads, long Covered, long Shown, long Kept)
{
    /// <summary>Share of the variant bases shown that stay. NaN where there are none.</summary>
    public double KeptShare => (double)Kept / Shown;

    public static VariantCounts operator +(VariantCounts a, VariantCounts b) =>
        new(a.UntoldReads + b.UntoldReads, a.Covered + b.Covered, a.Shown + b.Shown, a.Kept + b.Kept);

    /// <summary>Counts one read.</summary>
    /// <param name="truth">The true bases.</param>
    /// <param name="marks">For each of them whether it is of a variant; null where that cannot be told.</param>
    /// <param name="before">What the read showed for each of them; any other byte where it lacks the base.</param>
    /// <param name="after">What it shows after correction.</param>
    public static VariantCounts OfRead(ReadOnlySpan<byte> truth, bool[]? marks, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        if (marks is null)
            return new(1, 0, 0, 0);
        long covered = 0, shown = 0, kept = 0;
        for (var i = 0; i < truth.Length; i++)
        {
            if (!marks[i])
                continue;
            covered++;
            shown += before[i] == truth[i] ? 1 : 0;
            kept += before[i] == truth[i] && after[i] == truth[i] ? 1 : 0;
        }
        return new(0, covered, shown, kept);
    }
}
