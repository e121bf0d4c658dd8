using System.Collections.Concurrent;
using DnaBart.Sequences;

namespace DnaBart.Correction;

/// <summary>Says what a model would change in reads. An instance belongs to one thread.</summary>
public interface IReadProposer
{
    /// <summary>Passes of the model over window drafts so far.</summary>
    long Passes { get; }

    /// <summary>What the model would change in each read; the larger the chunk, the less padding.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    List<Proposal>[] Propose(IReadOnlyList<Read> reads, CancellationToken cancellation);
}

/// <summary>What a model would change in a read by one of its strands.</summary>
/// <param name="Recognized">Whether it would have nothing else in what it looked at of the strand, all but where that takes more tokens than it has positions for.</param>
public readonly record struct StrandProposals(List<Proposal> Proposals, bool Recognized);

/// <summary>Asks a model about each read of a data set once, and answers later questions from memory: proposals do not depend on how they
/// are weighed.</summary>
/// <param name="memory">By read name, which must be the only one of its kind; shared by the proposers of all threads.</param>
public sealed class RememberingProposer(IReadProposer model, ConcurrentDictionary<string, List<Proposal>> memory) : IReadProposer
{
    public long Passes => model.Passes;

    public List<Proposal>[] Propose(IReadOnlyList<Read> reads, CancellationToken cancellation)
    {
        var unknown = reads.Where(read => !memory.ContainsKey(read.Name)).ToArray();
        if (unknown.Length > 0)
        {
            foreach (var (read, proposals) in unknown.Zip(model.Propose(unknown, cancellation)))
                memory[read.Name] = proposals;
        }
        return [.. reads.Select(read => memory[read.Name])];
    }
}
