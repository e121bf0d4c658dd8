using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>Finds the single base that a read has too many or too few, where other reads show it: all k-mers over such a place lack support,
/// and with the right edit all of them have it. An instance belongs to one thread.</summary>
internal sealed class IndelFinder(KmerTable table, EvidenceWeights weights, double margin)
{
    // Of a base being inserted or lost; lower than ART's defaults (about 1e-4; Huang et al. 2012), so that it takes clear support.
    private static readonly double LogRate = Math.Log(1e-5);

    // That another read which has the k-mer next to a right one lacks that one: it ends there, or has an error at that very base. Rather high.
    private static readonly double LogOfMissing = Math.Log(0.02);

    private readonly ReadSpectrum standing = new(table);
    private readonly ReadSpectrum edited = new(table);

    /// <summary>The read with its likeliest edit, or null where none wins by the margin.</summary>
    /// <param name="read">As it was read; an inserted base gets the lower quality of its neighbours.</param>
    /// <param name="corrected">The read with its substitutions put right: where it still lacks support, edits are tried.</param>
    public Read? Edit(Read read, byte[] corrected)
    {
        standing.Load(corrected, read.Quality);
        Read? best = null;
        var bestOdds = margin;
        foreach (var edit in Edits(read))
        {
            edited.Load(Apply(edit, corrected, 0), Apply(edit, read.Quality, QualityAt(edit, read)));
            // Windows that span the place, and the inserted base's own.
            var support = edited.Standing(edit.Position - table.K + 1, edit.Inserted is null ? edit.Position - 1 : edit.Position);
            if (support.RunClass < Support.RunClasses - 1)
                continue;
            var odds = LogRate + weights.OfCandidate(support) - edit.LogOfStanding;
            if (odds > bestOdds)
            {
                best = read with { Bases = Apply(edit, read.Bases, 0), Quality = Apply(edit, read.Quality, QualityAt(edit, read)) };
                bestOdds = odds;
            }
        }
        return best;
    }

    /// <param name="Inserted">The letter to put before the position; null: the position's base goes.</param>
    /// <param name="LogOfStanding">What the support of the stretch as it stands is worth, in nats.</param>
    private readonly record struct SingleBaseEdit(int Position, byte? Inserted, double LogOfStanding);

    /// <summary>Of each stretch without support the places that make it as long as it is, seen from either end.</summary>
    private IEnumerable<SingleBaseEdit> Edits(Read read)
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
                var (place, weight) = (first + table.K - 1, LogOfStanding(first, Math.Min(window, first + table.K - 1), standing.Others(first - 1)));
                yield return new SingleBaseEdit(place, null, weight);
                foreach (var letter in Letters(read.Bases[place]))
                    yield return new SingleBaseEdit(place, letter, weight);
            }
            // The last one begins with it: with the base too many, or with the one before the missing base.
            if (window + 1 < standing.Windows)
            {
                var weight = LogOfStanding(Math.Max(first, window - table.K + 1), window, standing.Others(window + 1));
                yield return new SingleBaseEdit(window, null, weight);
                foreach (var letter in Letters(read.Bases[window]))
                    yield return new SingleBaseEdit(window + 1, letter, weight);
            }
        }
    }

    /// <summary>Where nothing supports what stands there, the more reads have the k-mer next to it, the less likely it is right.</summary>
    private double LogOfStanding(int firstWindow, int lastWindow, int neighbours)
    {
        var support = standing.Standing(firstWindow, lastWindow);
        return support.Count > 0 ? weights.OfObserved(support) : Math.Min(weights.OfObserved(support), neighbours * LogOfMissing);
    }

    private static byte[] Letters(byte neighbour) => char.IsAsciiLetterLower((char)neighbour) ? "acgt"u8.ToArray() : "ACGT"u8.ToArray();

    private static byte QualityAt(SingleBaseEdit edit, Read read) =>
        Math.Min(read.Quality[Math.Max(0, edit.Position - 1)], read.Quality[edit.Position]);

    private static byte[] Apply(SingleBaseEdit edit, byte[] letters, byte inserted) => edit.Inserted is { } letter
        ? [.. letters[..edit.Position], inserted == 0 ? letter : inserted, .. letters[edit.Position..]]
        : [.. letters[..edit.Position], .. letters[(edit.Position + 1)..]];
}
