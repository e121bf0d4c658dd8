namespace DnaBart.Correction;

/// <summary>Finds stretches of a read in which so many bases of good quality would have to change that they are rather of something else:
/// what lies behind an insertion or deletion, the other half of a chimera, an adapter, a tail of G. To call them all errors would make a read that is
/// shifted by a base into one that never was.</summary>
/// <remarks>The stretch of the highest likelihood ratio, as in local alignment (Smith and Waterman 1981; Karlin and Altschul 1990), of
/// two models: errors as the qualities have them, and bases at random.</remarks>
public static class ForeignStretches
{
    // A base of something else is the expected one by chance.
    private static readonly double LogOfChance = Math.Log(0.25);

    // That something else begins at a base, or ends there. No more than a guess at the rates of insertions, deletions and chimeras; a factor
    // of ten is what a third of a base of quality 30 says.
    private static readonly double LeastLogRatio = -Math.Log(1e-5);

    /// <summary>Those of a read's changes that lie in such stretches.</summary>
    /// <param name="changes">By ascending position; the log-odds by the quality there that the base is another one
    /// (<see cref="Sequences.Phred.LogOddsOfOther"/>).</param>
    /// <param name="length">The read's, in bases: what is something else up to its end has begun, but need not have ended.</param>
    /// <param name="breaks">Where it is known that what other reads show ends: the first base that they do not, and whether it lies to the right (1) or left (-1) of
    /// what they show. Something else begins there or, by chance as expected, some bases before.</param>
    /// <returns>Their positions.</returns>
    public static HashSet<int> Find(IEnumerable<(int Position, double LogOddsOfOther)> changes, int length, IReadOnlyList<(int Position, int Direction)> breaks)
    {
        var foreign = new HashSet<int>();
        var stretch = new List<int>();
        var ratio = 0.0;
        var end = 0;
        foreach (var (position, logOddsOfOther) in changes)
        {
            // Unchanged bases in between speak for errors.
            ratio += (position - end) * LogOfChance;
            if (ratio <= 0)
            {
                ratio = 0;
                stretch.Clear();
            }
            stretch.Add(position);
            ratio += LogOfChance - logOddsOfOther;
            end = position + 1;
            var least = Math.Min(
                Math.Max(LeastLogRatio, LeastBefore(stretch[0]) + LeastBefore(length - end)), LeastToBreak(breaks, stretch[0], end));
            if (ratio > least)
            {
                foreign.UnionWith(stretch);
                // However long the stretch was, what lies far behind its end is not of it.
                ratio = least;
            }
        }
        return foreign;
    }

    // On that side of the stretch either something else begins, or it is something else up to the read's end, by chance as expected.
    private static double LeastBefore(int unchanged) => Math.Min(LeastLogRatio, -unchanged * LogOfChance);

    // Something else begins there in any case, but for an error in the base that others do not show.
    private static double LeastToBreak(IReadOnlyList<(int Position, int Direction)> breaks, int start, int end)
    {
        var unchanged = breaks.Select(one => one.Direction > 0 ? one.Position - end : start - one.Position - 1).Where(bases => bases >= 0);
        return -LogOfChance * (1.0 + unchanged.DefaultIfEmpty(int.MaxValue).Min());
    }
}
