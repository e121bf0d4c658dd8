namespace DnaBart.Correction;

/// <summary>Shares of bases, above 0, at which reads differ from what a model expects for other reasons than errors of the sequencer.</summary>
/// <param name="OfSample">Where readings of both strands of a read agree: at which the sample truly differs from the model's genome.</param>
/// <param name="OfOneReading">Where one reading alone says so: those, and what a network gets wrong by itself, such as the copies of a repeat.</param>
public readonly record struct Divergence(double OfSample, double OfOneReading)
{
    // What a network gets wrong by itself, about.
    private const double OfNetworks = 1e-4;

    /// <summary>Where it is neither told nor estimated.</summary>
    public static Divergence Usual { get; } = Of(OfNetworks);

    /// <summary>A sample's, as told; networks are wrong about as often as usual.</summary>
    public static Divergence Of(double sample) => new(sample, Math.Max(sample, OfNetworks));

    public double For(WeighedProposal proposal) => proposal.Agreed ? OfSample : OfOneReading;
}
