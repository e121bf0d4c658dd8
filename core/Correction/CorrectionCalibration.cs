using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Simulation;

namespace DnaBart.Correction;

/// <summary>Some settings' outcome on the sets of one kind.</summary>
public sealed record CalibrationCell(CalibrationOrigin Origin, string Profile, double Coverage, CorrectionEvaluation Evaluation);

/// <summary>Some settings' outcome on all sets.</summary>
public sealed record CalibrationRow(CorrectionSettings Settings, IReadOnlyList<CalibrationCell> Cells)
{
    /// <summary>Over the sets that the model has something to say about, each kind counting alike.</summary>
    public double MeanGain => Cells.Where(cell => cell.Origin != CalibrationOrigin.Foreign).Average(cell => cell.Evaluation.Metrics.Gain);

    public double LowestGain => Cells.Min(cell => cell.Evaluation.Metrics.Gain);

    /// <summary>Bases of the strain's variants that the reads show and that stay.</summary>
    public double KeptShare => Cells.Where(cell => cell.Evaluation.Variants is not null)
        .Aggregate(default(Metrics.VariantCounts), (sum, cell) => sum + cell.Evaluation.Variants!.Value).KeptShare;

    /// <summary>Bases made wrong, per million, of sets of one origin.</summary>
    public double MadeWrongPerMillion(CalibrationOrigin origin) => Sum(origin).MadeWrongPerMillion;

    /// <summary>Bases made wrong in all sets.</summary>
    public long MadeWrong => Cells.Sum(cell => cell.Evaluation.Metrics.FalsePositives);

    public Metrics.CorrectionMetrics Sum(CalibrationOrigin origin) =>
        Cells.Where(cell => cell.Origin == origin).Aggregate(Metrics.CorrectionMetrics.None, (sum, cell) => sum + cell.Evaluation.Metrics);
}

/// <summary>Finds the settings by which a model corrects best, on simulated reads of its genome, of a strain of it, and of what it does not
/// know. The model is asked about each read once; every combination of settings is then tried on its answers.</summary>
/// <param name="newProposer">Asks the model; called on the thread that is to use it.</param>
/// <param name="mistakes">What the model is known to get wrong.</param>
/// <param name="workers">As for <see cref="ModelCorrection"/>, like <paramref name="chunkReads"/>.</param>
public sealed class CorrectionCalibration(Func<IReadProposer> newProposer, KnownMistakes mistakes, int workers, int chunkReads)
{
    /// <summary>Bases of what the model does not know that the chosen settings may make wrong, per million, beyond those that no settings
    /// spare: the other reads make some wrong by themselves. On its own genome the gain weighs them.</summary>
    public const double MostWrongPerMillion = 10;

    // Gains so near the best are as good: then the settings that make fewest bases wrong are chosen.
    private const double EquallyGood = 0.003;

    private static readonly double[] Offsets = [-2, 0, 2, 4, 6, 8];
    private static readonly double[] QualityWeights = [0.75, 1];
    private static readonly double[] Thresholds = [0, 1, 2, 3];

    private sealed record Kind(CalibrationOrigin Origin, SequencingProfile Profile, double Coverage)
    {
        public List<CalibrationSet> Sets { get; } = [];
    }

    private static readonly double[] Coverages = [1, 5];
    private static readonly SequencingProfile[] Profiles = [SequencingProfile.HiSeq, SequencingProfile.MiSeq];

    /// <summary>The current settings, then all that are worth a try.</summary>
    public static IReadOnlyList<CorrectionSettings> Grid(CorrectionSettings current) =>
    [
        .. Offsets.SelectMany(offset => QualityWeights.SelectMany(weight => Thresholds.Select(threshold =>
            current with { ModelOffset = offset, QualityWeight = weight, Threshold = threshold }))).Prepend(current).Distinct(),
    ];

    /// <summary>Tries settings, each on the same sets.</summary>
    /// <param name="genome">What the model was trained on.</param>
    /// <param name="readsOfKind">Reads of each kind of set at least; of a small genome that takes several sets, each a data set of its own.</param>
    /// <param name="seed">That of the first set; the others count on from it.</param>
    /// <param name="report">Is told of each kind of set and each row that is done.</param>
    /// <exception cref="InputException">The genome has too few bases in a row for reads.</exception>
    public IReadOnlyList<CalibrationRow> Run(
        IReadOnlyList<CorrectionSettings> settings, IReadOnlyList<FastaSequence> genome, int readsOfKind, ulong seed, Action<string> report, CancellationToken cancellation)
    {
        var kinds = (
            from origin in Enum.GetValues<CalibrationOrigin>()
            from profile in Profiles
            from coverage in Coverages
            select new Kind(origin, profile, coverage)).ToList();
        foreach (var kind in kinds)
        {
            while (kind.Sets.Sum(set => set.Reads) < readsOfKind)
                kind.Sets.Add(new CalibrationSet(genome, kind.Origin, kind.Profile, kind.Coverage, seed++));
        }
        var rows = new List<CalibrationRow>();
        foreach (var one in settings)
        {
            var cells = new List<CalibrationCell>();
            foreach (var kind in kinds)
            {
                cells.Add(new CalibrationCell(kind.Origin, kind.Profile.Name, kind.Coverage, kind.Sets.Aggregate(
                    CorrectionEvaluation.Nothing, (sum, set) => sum + set.Evaluate(newProposer, mistakes, one, workers, chunkReads, cancellation))));
                if (rows.Count == 0)
                    report($"asked the model about {cells.Count} of {kinds.Count} kinds of reads");
            }
            rows.Add(new CalibrationRow(one, cells));
            report($"tried {rows.Count} of {settings.Count} settings");
        }
        return rows;
    }

    /// <summary>Of the rows whose sets all gain or stay as they are, and that make few enough bases wrong of what the model does not know, the one
    /// of the highest mean gain; null where there is none.</summary>
    public static CalibrationRow? Choose(IReadOnlyList<CalibrationRow> rows)
    {
        var allowed = rows.Where(row => row.LowestGain >= 0 && IsCareful(row)).ToList();
        if (allowed.Count == 0)
            return null;
        var best = allowed.Max(row => row.MeanGain);
        return allowed.Where(row => row.MeanGain >= best - EquallyGood).OrderBy(row => row.MadeWrong).ThenByDescending(row => row.MeanGain).First();

        bool IsCareful(CalibrationRow row) => row.MadeWrongPerMillion(CalibrationOrigin.Foreign)
            <= rows.Min(other => other.MadeWrongPerMillion(CalibrationOrigin.Foreign)) + MostWrongPerMillion;
    }
}
