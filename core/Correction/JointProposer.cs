using DnaBart.Sequences;

namespace DnaBart.Correction;

/// <summary>Asks several networks about each read and proposes what any of them does, but for known mistakes.</summary>
public sealed class JointProposer(IReadOnlyList<IReadProposer> networks, KnownMistakes mistakes) : IReadProposer
{
    public long Passes => networks.Sum(network => network.Passes);

    public List<Proposal>[] Propose(IReadOnlyList<Read> reads, CancellationToken cancellation)
    {
        var proposals = reads.Select(_ => new List<Proposal>()).ToArray();
        foreach (var network in networks)
        {
            foreach (var (index, more) in network.Propose(reads, cancellation).Index())
                proposals[index].AddRange(more.Where(proposal => !proposal.Bases.Any(proposed => mistakes.Contains(reads[index].Bases, proposed))));
        }
        return proposals;
    }
}
