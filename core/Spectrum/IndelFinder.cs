using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>Finds the bases that a read has too many or too few in one place, where other reads show it: k-mers over such a place lack support,
/// and with the right edit all of them have it. Missing bases are read off the k-mers of other reads, from the read's side of the place on.
/// An instance belongs to one thread.</summary>
internal sealed class IndelFinder(KmerTable table, EvidenceWeights weights, double margin)
{
    // Bases that an edit takes out or puts in: what reverse transcription and PCR skip or add are mostly fewer.
    private const int Longest = 8;

    // Of an edit of one base; lower than ART's defaults (about 1e-4; Huang et al. 2012), so that it takes clear support. Each further base
    // makes it rarer.
    private static readonly double LogRate = Math.Log(1e-5), LogOfFurtherBase = Math.Log(0.5);

    // That another read which has the k-mer next to a right one lacks that one: it ends there, or has an error at that very base. Rather high.
    private static readonly double LogOfMissing = Math.Log(0.02);

    // Some sixty edits are tried in a place: beside as many bases one of them fits by chance.
    private const int BasesByChance = 3;
    private static readonly double LogOfFour = Math.Log(4);

    // That a place has a near copy with another length there. Tried on error-free reads of yeast at 1x to 12x: of 0.56 million 69 changed without this, 37
    // with it; 1e-2 leaves reads at 2x almost as they were.
    private static readonly double LogOfOtherCopy = Math.Log(1e-3);

    private readonly ReadSpectrum standing = new(table, weights.UsualCount);
    private readonly ReadSpectrum edited = new(table, weights.UsualCount);
    private readonly KmerWindows kmer = new(table.K);

    /// <summary>The read with its likeliest edit, or null where none wins by the margin.</summary>
    /// <param name="counted">As it was counted, before any edit.</param>
    /// <param name="read">As it was read, or after earlier edits; inserted bases get the lower quality of their neighbours.</param>
    /// <param name="corrected">The read with its substitutions put right: where it still lacks support, edits are tried.</param>
    public Read? Edit(Read counted, Read read, byte[] corrected)
    {
        standing.Load(corrected, read.Quality);
        Read? best = null;
        var bestOdds = margin;
        Dictionary<ulong, int>? own = null;
        foreach (var edit in Edits(corrected, read.Quality))
        {
            // Most reads have no place to edit.
            own ??= KmersOf(counted);
            var odds = LogRate + ((edit.Bases - 1) * LogOfFurtherBase) + LogOfSupport(edit, corrected, read.Quality, own) - edit.LogOfStanding;
            if (odds > bestOdds)
            {
                best = read with { Bases = edit.Apply(read.Bases, edit.Inserted), Quality = edit.Apply(read.Quality, edit.InsertedQuality(read.Quality)) };
                bestOdds = odds;
            }
        }
        return best;
    }

    private Dictionary<ulong, int> KmersOf(Read read)
    {
        var counts = new Dictionary<ulong, int>();
        kmer.Load(read.Bases, read.Quality);
        for (var window = 0; window < kmer.Count; window++)
        {
            if (kmer.IsCounted(window))
                counts[kmer.Kmer(window)] = counts.GetValueOrDefault(kmer.Kmer(window)) + 1;
        }
        return counts;
    }

    /// <param name="Removed">Bases that go, from the position on.</param>
    /// <param name="Inserted">Letters to put there.</param>
    /// <param name="LogOfStanding">What the support of the stretch as it stands is worth, in nats.</param>
    private readonly record struct Candidate(int Position, int Removed, byte[] Inserted, double LogOfStanding)
    {
        public int Bases => Removed + Inserted.Length;

        public byte[] Apply(byte[] letters, byte[] inserted) => [.. letters[..Position], .. inserted, .. letters[(Position + Removed)..]];

        public byte[] InsertedQuality(byte[] quality) =>
            [.. Enumerable.Repeat(Math.Min(quality[Math.Max(0, Position - 1)], quality[Math.Min(Position, quality.Length - 1)]), Inserted.Length)];
    }

    /// <summary>What the windows over the edited place are worth, minus infinity if one lacks support; near an end of the read no more than the few
    /// bases there can tell.</summary>
    /// <param name="own">The read's own k-mers: in a repeat of short units an edit makes some that the read has elsewhere, and those are no witnesses.</param>
    private double LogOfSupport(Candidate edit, byte[] bases, byte[] quality, Dictionary<ulong, int> own)
    {
        // The place and a k-mer on either side.
        var start = Math.Max(0, edit.Position - table.K);
        var end = Math.Min(bases.Length, edit.Position + edit.Removed + table.K);
        var local = edit with { Position = edit.Position - start };
        edited.Load(local.Apply(bases[start..end], edit.Inserted), local.Apply(quality[start..end], edit.InsertedQuality(quality)), own);
        var support = edited.Standing(local.Position - table.K + 1, local.Position + edit.Inserted.Length - 1);
        var beside = Math.Min(edit.Position, bases.Length - edit.Position - edit.Removed);
        return !support.IsWhole ? double.NegativeInfinity
            : Math.Min(weights.OfCandidate(support), (beside - BasesByChance) * LogOfFour);
    }

    /// <summary>Of each stretch without support the edits at the places that make it as long as it is, seen from either end.</summary>
    private IEnumerable<Candidate> Edits(byte[] bases, byte[] quality)
    {
        for (var window = 0; window < standing.Windows; window++)
        {
            if (standing.Others(window) >= weights.Trusted)
                continue;
            var first = window;
            while (window + 1 < standing.Windows && standing.Others(window + 1) < weights.Trusted)
                window++;
            // The first window without support ends in the place.
            if (first > 0)
            {
                var place = first + table.K - 1;
                var weight = LogOfStanding(first, Math.Min(window, place), standing.Others(first - 1), quality.AsSpan(place, Math.Min(table.K, bases.Length - place)));
                for (var removed = 1; removed <= Longest && place + removed <= bases.Length; removed++)
                    yield return new Candidate(place, removed, [], weight);
                foreach (var missing in Missing(bases.AsSpan(first, table.K), varied: table.K - 1))
                    yield return new Candidate(place, 0, missing, weight);
            }
            // The last one begins with it: with a base too many, or with the one before the missing bases.
            if (window + 1 < standing.Windows)
            {
                var start = Math.Max(0, window - table.K + 1);
                var weight = LogOfStanding(Math.Max(first, start), window, standing.Others(window + 1), quality.AsSpan(start..(window + 1)));
                for (var removed = 1; removed <= Longest && removed <= window + 1; removed++)
                    yield return new Candidate(window + 1 - removed, removed, [], weight);
                foreach (var missing in Missing(bases.AsSpan(window, table.K), varied: 0))
                    yield return new Candidate(window + 1, 0, missing, weight);
            }
        }
    }

    /// <summary>What other reads have in a base's place and, base by base, beyond it: of the four letters each that another read has, and of
    /// those that follow the most frequent.</summary>
    /// <param name="window">A k-mer of the read.</param>
    /// <param name="varied">Its last base, to go on to the right, or 0, to go on to the left.</param>
    /// <returns>Letters in the read's order and case, the shortest first for each first letter.</returns>
    private List<byte[]> Missing(ReadOnlySpan<byte> window, int varied)
    {
        var letters = char.IsAsciiLetterLower((char)window[varied]) ? "acgt"u8.ToArray() : "ACGT"u8.ToArray();
        var found = new List<byte[]>();
        for (var code = 0; code < letters.Length; code++)
        {
            // What stands in the varied base's place makes no difference: it only must be a base.
            byte[] around = [.. window];
            around[varied] = letters[0];
            byte[] path = [];
            for (var (next, count) = (code, Count(around, varied, code)); count > 0 && path.Length < Longest; (next, count) = MostFrequent(around, varied))
            {
                path = varied == 0 ? [letters[next], .. path] : [.. path, letters[next]];
                found.Add(path);
                around[varied] = letters[next];
                around = varied == 0 ? [letters[0], .. around[..^1]] : [.. around[1..], letters[0]];
            }
        }
        return found;
    }

    private (int Code, int Count) MostFrequent(byte[] window, int varied) =>
        Enumerable.Range(0, 4).Select(code => (Code: code, Count: Count(window, varied, code))).MaxBy(found => found.Count);

    private int Count(byte[] window, int varied, int code)
    {
        kmer.Load(window, window);
        return kmer.HasKmer(0) ? table.Find(kmer.KmerWith(0, varied, code)).Count : 0;
    }

    /// <summary>Where nothing supports what stands there, the more reads have the k-mer next to it, the less likely it is right; but there may also
    /// be three errors close together, as often as their qualities say (fewer would have been put right), or the others may be of a near copy of the
    /// place, which no other read shows: in shallow data that is not rare.</summary>
    private double LogOfStanding(int firstWindow, int lastWindow, int neighbours, ReadOnlySpan<byte> quality)
    {
        var support = standing.Standing(firstWindow, lastWindow);
        var weight = support.Count > 0 ? weights.OfObserved(support) : Math.Min(weights.OfObserved(support), neighbours * LogOfMissing);
        var errors = 0.0;
        foreach (var letter in quality)
            errors += Phred.ErrorChance(letter);
        // No other read of the place: all of them are of a copy.
        var alone = LogOfOtherCopy - weights.UsualCount;
        return Math.Max(Math.Max(weight, alone), Math.Log(Math.Min(1, Math.Pow(errors, 3) / 6)));
    }
}
