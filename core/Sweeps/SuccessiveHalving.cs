using System.Collections.Immutable;

namespace DnaBart.Sweeps;

/// <summary>Early stopping by successive halving (Jamieson and Talwalkar 2016; run without rounds as in ASHA, Li et al. 2020).
/// Trials of one task compete; at each rung the best 1/eta of those that entered it go on.</summary>
/// <remarks>ASHA promotes on the reports so far, so its result hangs on the order of arrival. Here a trial goes on, or is stopped, as
/// soon as no report still to come can change that: nearly as little waiting, and the same result whatever the schedule.</remarks>
internal static class SuccessiveHalving
{
    /// <summary>Moves paused trials on (to waiting) or out (to stopped) where that is certain.</summary>
    public static ImmutableArray<TrialState> Decide(ImmutableArray<TrialState> trials, HalvingRule rule)
    {
        var decided = trials.ToBuilder();
        foreach (var group in Enumerable.Range(0, trials.Length).GroupBy(i => trials[i].Spec.Task))
            DecideGroup([.. group], rule, decided);
        return decided.ToImmutable();
    }

    private static void DecideGroup(int[] entrants, HalvingRule rule, ImmutableArray<TrialState>.Builder trials)
    {
        // Of the trials that enter a rung, only those whose entry is certain are known; `entering` counts them all.
        var entering = entrants.Length;
        for (var rung = 0; rung < rule.Rungs.Length - 1; rung++)
        {
            var quota = Math.Max(1, entering / rule.Reduction);
            var ranked = entrants.Where(i => Score(trials[i], rung) is not null).OrderByDescending(i => Score(trials[i], rung)).ThenBy(i => i).ToArray();
            var toCome = entering - ranked.Length;
            for (var rank = 0; rank < ranked.Length; rank++)
            {
                var trial = trials[ranked[rank]];
                if (trial.Status != TrialStatus.Paused || trial.Rung != rung + 1)
                    continue;
                if (rank + toCome < quota)
                    trials[ranked[rank]] = trial with { Status = TrialStatus.Waiting };
                else if (rank >= quota)
                    trials[ranked[rank]] = trial with { Status = TrialStatus.Stopped };
            }
            entrants = [.. ranked.Take(Math.Max(0, quota - toCome))];
            entering = quota;
        }
    }

    /// <summary>The score at a rung; null until it is known. A trial that was given up ranks below every other.</summary>
    private static double? Score(TrialState trial, int rung)
    {
        if (rung < trial.Outcomes.Length)
            return double.IsNaN(trial.Outcomes[rung].Score) ? double.NegativeInfinity : trial.Outcomes[rung].Score;
        return trial.Status == TrialStatus.Failed ? double.NegativeInfinity : null;
    }
}
