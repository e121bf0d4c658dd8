using DnaBart.Sequences;

namespace DnaBart.Correction;

/// <summary>Asks several networks about each read and proposes what any of them does.</summary>
public sealed class JointProposer(IReadOnlyList<IReadProposer> networks) : IReadProposer
{
    public long Passes => networks.Sum(network => network.Passes);

    public List<Proposal>[] Propose(IReadOnlyList<Read> reads, CancellationToken cancellation)
    {
        var proposals = reads.Select(_ => new List<Proposal>()).ToArray();
        foreach (var network in networks)
        {
            foreach (var (all, more) in proposals.Zip(network.Propose(reads, cancellation)))
                all.AddRange(more);
        }
        return proposals;
    }
}
