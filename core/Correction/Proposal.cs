namespace DnaBart.Correction;

/// <summary>A base that a model would have at a position.</summary>
/// <param name="Position">In the read, from 0.</param>
/// <param name="Code">A 0, C 1, G 2, T 3.</param>
public readonly record struct ProposedBase(int Position, int Code);

/// <summary>Changes of a read that a model would make together.</summary>
/// <param name="Bases">One at least.</param>
/// <param name="ModelLogOdds">Natural log-odds, by the model, of the read with them over the read as it stands.</param>
public sealed record Proposal(IReadOnlyList<ProposedBase> Bases, double ModelLogOdds);

/// <summary>A proposal beside everything that speaks for and against it but the model, in nats.</summary>
/// <param name="QualityLogOdds">What the qualities say for it; mostly negative.</param>
/// <param name="SpectrumLogOdds">What the other reads say for it.</param>
/// <param name="Agreed">Whether both strands of the read are read so.</param>
public readonly record struct WeighedProposal(Proposal Proposal, double QualityLogOdds, double SpectrumLogOdds, bool Agreed)
{
    public double OtherLogOdds => QualityLogOdds + SpectrumLogOdds;
}
