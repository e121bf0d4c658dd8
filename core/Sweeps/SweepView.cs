namespace DnaBart.Sweeps;

/// <summary>Where a trial stands, for people and for callers of the HTTP API.</summary>
/// <param name="Name"><c>TASK/SETTING/SEED</c>.</param>
/// <param name="Slot">Where it runs now; null where it does not.</param>
/// <param name="Attempts">How often it was started.</param>
/// <param name="Score">On dev, after the last rung that is complete; null before, or if it is no number.</param>
/// <param name="Metrics">Of the last rung that is complete.</param>
/// <param name="Seconds">Time of that rung's training.</param>
/// <param name="Problem">As in <see cref="TrialState"/>.</param>
public sealed record TrialView(
    string Name,
    string Task,
    string Setting,
    int Seed,
    TrialStatus Status,
    string? Slot,
    int Attempts,
    double? Score,
    IReadOnlyDictionary<string, double>? Metrics,
    double? Seconds,
    string? Problem)
{
    public static TrialView Of(TrialState trial)
    {
        var last = trial.Outcomes.LastOrDefault();
        return new TrialView(
            trial.Spec.Id, trial.Spec.Task, trial.Spec.Setting.Name, trial.Spec.Seed, trial.Status, trial.Lease?.Slot, trial.LeaseCount,
            // JSON has no word for what is no number.
            last is not null && double.IsFinite(last.Score) ? last.Score : null,
            last?.Metrics.Where(metric => double.IsFinite(metric.Value)).ToDictionary(),
            last?.Seconds,
            trial.Problem);
    }
}

/// <summary>Where a sweep stands: <see cref="SweepState"/> without the plan's recipes.</summary>
/// <param name="Trials">In the plan's order.</param>
public sealed record SweepView(string Name, bool IsOver, IReadOnlyList<TrialView> Trials)
{
    public static SweepView Of(SweepState state) => new(state.Plan.Name, state.IsOver, [.. state.Trials.Select(TrialView.Of)]);
}
