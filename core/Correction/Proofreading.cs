using DnaBart.Batching;
using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Correction;

/// <summary>Has a model read its own genome, without errors, and notes what it would change: all of that is wrong.</summary>
/// <param name="newProposer">Asks the model; called on the thread that is to use it.</param>
/// <param name="readBases">Of a read: as long as the model's windows.</param>
/// <param name="workers">As for <see cref="ModelCorrection"/>, like <paramref name="chunkReads"/>.</param>
public sealed class Proofreading(Func<IReadProposer> newProposer, int readBases, int workers, int chunkReads)
{
    // Reads over each base: what a network gets wrong depends on where the read begins.
    private const int Coverage = 15;

    // More in one place it would have of a read that it does not know; they are turned down whatever they are.
    private const int MostBases = 4;

    private sealed record Stretch(FastaSequence Sequence, int Start, Read Read);

    /// <summary>Reads the genome.</summary>
    /// <param name="genome">What the model was trained on.</param>
    /// <param name="report">Is told of reads that are done, and of how many.</param>
    /// <exception cref="InputException">No sequence is as long as a read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public KnownMistakes Run(IReadOnlyList<FastaSequence> genome, Action<long, long> report, CancellationToken cancellation)
    {
        var mistakes = new KnownMistakes();
        var (done, all) = (0L, genome.Sum(sequence => Starts(sequence).LongCount()));
        if (all == 0)
            throw new InputException($"no sequence of the genome has {readBases} bases, the model's window; give what it was trained on");
        OrderedPipeline.Run(Reads(genome).Chunk(chunkReads), newProposer, Propose, Note, workers, cancellation);
        return mistakes;

        static (Stretch[] Stretches, List<Proposal>[] Proposals) Propose(IReadProposer proposer, Stretch[] chunk, CancellationToken stop) =>
            (chunk, proposer.Propose(Array.ConvertAll(chunk, stretch => stretch.Read), stop));

        void Note((Stretch[] Stretches, List<Proposal>[] Proposals) chunk)
        {
            foreach (var (stretch, proposals) in chunk.Stretches.Zip(chunk.Proposals))
            {
                foreach (var proposed in proposals.Where(one => one.ModelLogOdds > 0 && one.Bases.Count <= MostBases).SelectMany(one => one.Bases))
                    Add(mistakes, stretch.Sequence.Bases, stretch.Start + proposed.Position, proposed.Code);
            }
            report(done += chunk.Stretches.Length, all);
        }
    }

    private static void Add(KnownMistakes mistakes, byte[] bases, int position, int proposed)
    {
        // Nearer to an end of the genome few reads lie.
        if (position >= KnownMistakes.Flank && position + KnownMistakes.Flank < bases.Length)
            mistakes.Add(bases.AsSpan(position - KnownMistakes.Flank, (2 * KnownMistakes.Flank) + 1), proposed);
    }

    private IEnumerable<Stretch> Reads(IReadOnlyList<FastaSequence> genome) =>
        from sequence in genome
        let quality = Enumerable.Repeat((byte)'I', readBases).ToArray()
        from start in Starts(sequence)
        select new Stretch(sequence, start, new Read(
            sequence.Name, sequence.Bases[start..(start + readBases)], quality));

    private IEnumerable<int> Starts(FastaSequence sequence)
    {
        var step = Math.Max(1, readBases / Coverage);
        for (var start = 0; start + readBases <= sequence.Bases.Length; start += step)
            yield return start;
    }
}
