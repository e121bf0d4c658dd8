using DnaBart.Alignment;
using DnaBart.Metrics;

namespace DnaBart.Correction;

/// <summary>A corrected read beside its truth.</summary>
public sealed class ReadComparison
{
    private ReadComparison(CorrectedRead corrected, ReadTruth truth)
    {
        (Corrected, Truth, Positions) = (corrected, truth, truth.ReadPositions());
        (Before, After) = (truth.Observe(corrected.Read.Bases), truth.Observe(corrected.Bases));
        Metrics = CorrectionMetrics.OfRead(truth.Bases, Before, After);
    }

    public CorrectedRead Corrected { get; }

    public ReadTruth Truth { get; }

    /// <summary>For each true base its position in the read.</summary>
    public int[] Positions { get; }

    /// <summary>What the read showed for each true base; 0 where it lacked it.</summary>
    public byte[] Before { get; }

    /// <summary>What it shows after correction.</summary>
    public byte[] After { get; }

    public CorrectionMetrics Metrics { get; }

    public bool WasWrong(int place) => Before[place] != Truth.Bases[place];

    public bool IsWrong(int place) => After[place] != Truth.Bases[place];

    /// <summary>Places a corrected read by its raw bases; null where that place is not the only one.</summary>
    public static ReadComparison? Of(CorrectedRead corrected, ReferenceAligner aligner) =>
        CorrectionEvaluation.PlaceUniquely(aligner, corrected.Read) is { } truth ? new ReadComparison(corrected, truth) : null;
}
