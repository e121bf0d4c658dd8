using System.Text.Json;
using System.Text.Json.Serialization;
using DnaBart.Correction;
using DnaBart.Metrics;

namespace DnaBart.Benchmarks.Correction;

/// <summary>What a set of reads is there to show.</summary>
internal enum MatrixKind
{
    /// <summary>Reads with errors: gain must not be negative.</summary>
    Errors,

    /// <summary>Reads without errors, with a sequencer's qualities: nothing may be changed.</summary>
    ErrorFree,

    /// <summary>Reads of a strain half a percent away from what the model knows: its variants must stay.</summary>
    Strain,
}

/// <summary>One set of reads and one way to correct it.</summary>
/// <param name="Corrector"><c>model</c>, <c>no model</c>, or <c>alignment</c> with a gate by quality.</param>
/// <param name="Threshold">Of the model's log-odds, or the alignment's quality; null for the default.</param>
internal sealed record MatrixSet(MatrixKind Kind, string Genome, string System, double Coverage, string Corrector, double? Threshold);

/// <summary>A set's outcome.</summary>
/// <param name="GenomeBases">That the reads were drawn from.</param>
/// <param name="DataSets">Of which each was simulated with a seed of its own and corrected by itself; the figures are their sums.</param>
internal sealed record MatrixResult(
    MatrixSet Set, long GenomeBases, int DataSets, long Reads, long Bases, long TruePositives, long FalsePositives, long FalseNegatives,
    long ModelReads, double Seconds, VariantCounts? Variants)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    [JsonIgnore]
    public double Gain => (double)(TruePositives - FalsePositives) / (TruePositives + FalseNegatives);

    public static MatrixResult Of(MatrixSet set, long genomeBases, int dataSets, CorrectionEvaluation evaluation, long modelReads, double seconds)
    {
        var m = evaluation.Metrics;
        return new MatrixResult(
            set, genomeBases, dataSets, m.Reads, m.Bases, m.TruePositives, m.FalsePositives, m.FalseNegatives, modelReads, seconds, evaluation.Variants);
    }

    public static List<MatrixResult> Load(string path) =>
        File.Exists(path) ? [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<MatrixResult>(line, Json)!)] : [];

    public void Append(string path) => File.AppendAllText(path, JsonSerializer.Serialize(this, Json) + "\n");
}
