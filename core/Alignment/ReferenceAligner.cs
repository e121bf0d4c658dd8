using DnaBart.Sequences;

namespace DnaBart.Alignment;

/// <summary>Where a read lies in a genome.</summary>
/// <param name="Sequence">The sequence's number in the genome.</param>
/// <param name="Position">The aligned part's first base on the forward strand, from 0.</param>
/// <param name="Reverse">Whether the read is of the reverse strand.</param>
/// <param name="MappingQuality">0 to 60: how much better this place is than the next best.</param>
/// <param name="Truth">The genome's bases in the direction of the read.</param>
public sealed record ReadAlignment(int Sequence, int Position, bool Reverse, int MappingQuality, ReadTruth Truth);

/// <summary>Aligns reads to a small genome (to a few Mb): exact seeds of 15 bases vote for diagonals on both strands, and the best two
/// places are aligned in a band. Made to measure correction; use a read mapper for anything else. Thread-safe.</summary>
public sealed class ReferenceAligner(ReferenceGenome genome)
{
    /// <summary>Diagonals on either side of the seeds': the longest insertion or deletion that is found.</summary>
    internal const int HalfWidth = 16;

    // As in bwa mem: alignments below this score are not given, and a repeat this long is what a next best place has at least.
    private const int LowestScore = 30;
    private const int SeedScore = 19;

    /// <summary>What it aligns to.</summary>
    public ReferenceGenome Genome => genome;

    private readonly KmerIndex index = new(genome.Text);

    private readonly record struct Candidate(bool Reverse, int Diagonal, int Votes);

    /// <summary>The best alignment of a read, or null where there is none worth the name.</summary>
    public ReadAlignment? Align(byte[] read)
    {
        var reversed = Nucleotides.ReverseComplement(read);
        var candidates = Candidates(read, reverse: false).Concat(Candidates(reversed, reverse: true))
            .OrderByDescending(candidate => candidate.Votes).ThenBy(candidate => candidate.Reverse).ThenBy(candidate => candidate.Diagonal)
            .Take(2)
            .Select(candidate => (candidate.Reverse, Alignment: BandedAlignment.Align(candidate.Reverse ? reversed : read, genome.Text, candidate.Diagonal, HalfWidth)))
            .OrderByDescending(aligned => aligned.Alignment.Score)
            .ToArray();
        if (candidates.Length == 0 || candidates[0].Alignment.Score < LowestScore)
            return null;
        var (reverse, best) = candidates[0];
        var next = Math.Max(SeedScore, candidates.ElementAtOrDefault(1).Alignment?.Score ?? 0);
        return Describe(best, reverse, MappingQuality(best, next));
    }

    /// <summary>The places that seeds vote for: for each the diagonal with most votes, no two within a band of each other.</summary>
    private List<Candidate> Candidates(byte[] bases, bool reverse)
    {
        var diagonals = KmerIndex.Enumerate(bases).SelectMany(seed => index.Find(seed.Kmer).Select(place => place - seed.Start)).Order().ToArray();
        var candidates = new List<Candidate>();
        for (var from = 0; from < diagonals.Length;)
        {
            var to = from;
            while (to < diagonals.Length && diagonals[to] - diagonals[from] <= HalfWidth)
                to++;
            // The median lies on the diagonal of the longer stretch where an indel splits the votes.
            candidates.Add(new Candidate(reverse, diagonals[(from + to) / 2], to - from));
            from = to;
        }
        return candidates;
    }

    /// <summary>As <c>bwa mem</c> estimates it for single reads (<c>mem_approx_mapq_se</c>, Li 2013, arXiv:1303.3997).</summary>
    private static int MappingQuality(BandedAlignment best, int nextScore)
    {
        if (nextScore >= best.Score)
            return 0;
        const double fullLength = 50;
        var length = best.Path.Count(place => place != BandedAlignment.Clipped);
        var identity = 1 - (double)(length * BandedAlignment.Match - best.Score) / (BandedAlignment.Match - BandedAlignment.Mismatch) / length;
        var weight = (length < fullLength ? 1 : Math.Log(fullLength) / Math.Log(length)) * identity * identity;
        return (int)Math.Clamp(6.02 * (best.Score - nextScore) * weight * weight + 0.499, 0, 60);
    }

    private ReadAlignment Describe(BandedAlignment alignment, bool reverse, int mappingQuality)
    {
        var places = alignment.Path.Where(place => place >= 0).ToArray();
        var (start, end) = (places[0], places[^1] + 1);
        var truth = genome.Text[start..end];
        var path = Array.ConvertAll(alignment.Path, place => place < 0 ? place : place - start);
        if (reverse)
        {
            truth = Nucleotides.ReverseComplement(truth);
            path = Array.ConvertAll(path, place => place < 0 ? place : truth.Length - 1 - place);
            Array.Reverse(path);
        }
        var (sequence, position) = genome.Locate(start);
        return new ReadAlignment(sequence, position, reverse, mappingQuality, new ReadTruth(truth, path, whole: false));
    }
}
