using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>Finds errors that lie within a k-mer of each other. Neither has much support while the other stands, so they are looked for together:
/// from where the support of a read ends, base by base, as far as k-mers of other reads lead on (as Li, "BFC", Bioinformatics 31:2885, 2015,
/// goes through whole reads). An instance belongs to one thread.</summary>
internal sealed class CloseErrors(SpectrumEvidence evidence, QualityCalibration qualities, double margin)
{
    // More of them within a k-mer of each other are seldom errors.
    private const int Most = 3;

    private readonly List<Substitution> way = [];
    private readonly List<(Substitution[] Changes, double LogOdds)> ways = [];

    /// <summary>The likeliest errors, two at least, at the first place where they win over all else by the margin; none where there is no such place.</summary>
    /// <param name="read">As it was read.</param>
    /// <param name="corrected">As it stands, upper or lower case; the evidence speaks of it, before and after.</param>
    public Substitution[] Find(Read read, byte[] corrected)
    {
        var standing = (byte[])corrected.Clone();
        foreach (var (position, direction) in evidence.Ends().ToArray())
        {
            ways.Clear();
            Follow(read, standing, position, direction);
            if (ways.Count == 0)
                continue;
            var best = ways.MaxBy(one => one.LogOdds);
            var rest = ways.Sum(one => Math.Exp(one.LogOdds)) - Math.Exp(best.LogOdds) + 1;
            if (best.Changes.Length > 1 && best.LogOdds - Math.Log(rest) > margin)
                return best.Changes;
        }
        return [];
    }

    private void Follow(Read read, byte[] standing, int position, int direction)
    {
        var before = standing[position];
        if (!evidence.Knows(position) || before != read.Bases[position])
            return;
        for (var code = 0; code < 4; code++)
        {
            if (!evidence.IsCandidate(position, code))
                continue;
            way.Add(new Substitution(position, code, evidence.LogRatio(position, code)));
            standing[position] = Nucleotides.Letter(code, before);
            evidence.Replace(position, code);
            if (evidence.NextEnd(position, direction) is not { } next)
                ways.Add(([.. way], way.Sum(change => change.LogOdds + qualities.LogOddsOfOther(read.Quality[change.Position]))));
            else if (next != position && way.Count < Most)
                Follow(read, standing, next, direction);
            standing[position] = before;
            evidence.Load(read.Bases, read.Quality, standing);
            way.RemoveAt(way.Count - 1);
        }
    }
}
