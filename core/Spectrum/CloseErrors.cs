using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>Finds errors that lie within a k-mer of each other. Neither has much support while the other stands, so they are looked for together:
/// from where the support of a read ends, base by base, as far as k-mers of other reads lead on (as Li, "BFC", Bioinformatics 31:2885, 2015,
/// goes through whole reads). In a short read they may leave no support at all: then from each change that brings some, first in one direction, then in the other. An instance
/// belongs to one thread.</summary>
internal sealed class CloseErrors(SpectrumEvidence evidence, QualityCalibration qualities, double margin)
{
    // More of them within a k-mer of each other are seldom errors.
    private const int Most = 6;

    private readonly List<Substitution> way = [];
    private readonly List<Way> ways = [];

    /// <param name="LogOdds">Natural log-odds over what stands.</param>
    /// <param name="Weight">What tells it from other ways: over all of them what stands has no support, which counts once however many changes they take.</param>
    private readonly record struct Way(Substitution[] Changes, double LogOdds, double Weight);

    /// <summary>The likeliest errors, two at least, at the first place where they win over all else by the margin; none where there is no such place.</summary>
    /// <param name="read">As it was read.</param>
    /// <param name="corrected">As it stands, upper or lower case; the evidence speaks of it, before and after.</param>
    public Substitution[] Find(Read read, byte[] corrected)
    {
        var standing = (byte[])corrected.Clone();
        var ends = evidence.Ends().ToArray();
        // Support that ends nowhere, in a read that is not trusted as a whole, is none.
        if (ends.Length == 0)
        {
            ways.Clear();
            for (var position = 0; position < standing.Length; position++)
                Follow(read, standing, evidence.Observed(position), position, direction: 1, seed: position);
            // Of several changes each may bring the first support, and all ways from them come to the same.
            return Best([.. ways.DistinctBy(one => string.Join(' ', one.Changes.OrderBy(change => change.Position).Select(change => (change.Position, change.Code))))]);
        }
        foreach (var (position, direction) in ends)
        {
            ways.Clear();
            Follow(read, standing, evidence.Observed(position), position, direction, seed: null);
            if (Best(ways) is { Length: > 0 } best)
                return best;
        }
        return [];
    }

    private Substitution[] Best(List<Way> different)
    {
        if (different.Count == 0)
            return [];
        var best = different.MaxBy(one => one.Weight);
        var rest = different.Sum(one => Math.Exp(one.Weight - best.Weight)) - 1 + Math.Exp(-best.LogOdds);
        return best.Changes.Length > 1 && -Math.Log(rest) > margin ? best.Changes : [];
    }

    /// <param name="observed">The support of the way's first base as it stands.</param>
    /// <param name="seed">Where a way began that is to go on from there to the left when it can go no further to the right; null for one that began at an end of support.</param>
    private void Follow(Read read, byte[] standing, Support observed, int position, int direction, int? seed)
    {
        var before = standing[position];
        if (!evidence.Knows(position) || before != read.Bases[position])
            return;
        for (var code = 0; code < 4; code++)
        {
            if (!evidence.IsCandidate(position, code))
                continue;
            way.Add(new Substitution(position, code, evidence.LogRatio(position, code)));
            var most = evidence.MostOver(observed, position, code);
            standing[position] = Nucleotides.Letter(code, before);
            evidence.Replace(position, code);
            var (next, onward, left) = (evidence.NextEnd(position, direction), direction, seed);
            if (next is null && seed is { } began)
                (next, onward, left) = (evidence.NextEnd(began, -1), -1, null);
            if (next is not { } end)
            {
                var prior = way.Sum(change => qualities.LogOddsOfOther(read.Quality[change.Position]));
                ways.Add(new Way([.. way], Math.Min(most, way.Sum(change => change.LogOdds)) + prior, Math.Min(most, way.Min(change => change.LogOdds)) + prior));
            }
            else if (end != position && way.Count < Most)
            {
                Follow(read, standing, observed, end, onward, left);
            }
            standing[position] = before;
            evidence.Load(read.Bases, read.Quality, standing);
            way.RemoveAt(way.Count - 1);
        }
    }
}
