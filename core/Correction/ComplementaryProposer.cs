using DnaBart.Sequences;

namespace DnaBart.Correction;

/// <summary>Asks two networks, each of which knows one strand of the genome, about the strand of each read that it knows. Which that is shows where the
/// first one recognizes a strand: then it is not asked about the other one, and the second network is asked about that one only. Where it would have
/// something else on both strands, all are asked: the read may be of a repeat that runs both ways, and its errors show best where it is from.</summary>
/// <param name="forward">Was trained on the genome.</param>
/// <param name="complement">Was trained on its reverse complement.</param>
public sealed class ComplementaryProposer(ReadProposer forward, ReadProposer complement) : IReadProposer
{
    public long Passes => forward.Passes + complement.Passes;

    public List<Proposal>[] Propose(IReadOnlyList<Read> reads, CancellationToken cancellation)
    {
        var proposals = reads.Select(_ => new List<Proposal>()).ToArray();
        var all = Enumerable.Range(0, reads.Count).ToList();
        var (alike, rest) = Ask(forward, all, reverse: false);
        var (opposite, open) = Ask(forward, rest, reverse: true);
        Ask(complement, [.. alike, .. open], reverse: true);
        Ask(complement, [.. opposite, .. open], reverse: false);
        return proposals;

        (List<int> Recognized, List<int> Others) Ask(ReadProposer network, List<int> indices, bool reverse)
        {
            var answers = network.Propose(indices.ConvertAll(index => reads[index]), reverse, cancellation);
            for (var i = 0; i < answers.Length; i++)
                proposals[indices[i]].AddRange(answers[i].Proposals);
            return ([.. indices.Where((_, i) => answers[i].Recognized)], [.. indices.Where((_, i) => !answers[i].Recognized)]);
        }
    }
}
