using System.CommandLine;
using System.Text.Json;
using DnaBart.Alignment;
using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart evaluate-correction</c>: how much better any corrector made reads, by the genome they come from or by their
/// error-free originals.</summary>
internal static class EvaluateCorrectionCommand
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private sealed record Settings(string[] Raw, string[] Corrected, string? Reference, string[] Truth, string? Variants, int Threads, string? Report);

    public static Command Create()
    {
        var raw = Files("--raw", "The reads before correction, FASTQ or FASTA");
        raw.Required = true;
        var corrected = Files("--corrected", "The same reads after it, in the same order and as many files; some may be missing");
        corrected.Required = true;
        var reference = new Option<string?>("--reference") { Description = "The genome that the reads come from, FASTA: a read's truth is where it aligns" };
        var truth = Files("--truth", "Or the reads without errors, FASTQ or FASTA, in the same order and as many files");
        var variants = new Option<string?>("--variants")
        {
            Description = "Count the true variants of a strain that stay: VCF of it against the reference genome, or that genome itself, FASTA. A VCF goes with "
                + "--reference STRAIN.fa, or with a truth whose reads say where on the strain they lie, as those of simulate do",
        };
        var threads = ModelOptions.Threads();
        var report = new Option<string?>("--report") { Description = "Write the figures to this JSON file" };
        var command = new Command("evaluate-correction", "Compare corrected reads with the truth: errors put right, made and left")
        {
            raw, corrected, reference, truth, variants, threads, report,
        };
        command.SetAction((parseResult, cancellation) => Run(
            new Settings(
                parseResult.GetRequiredValue(raw),
                parseResult.GetRequiredValue(corrected),
                parseResult.GetValue(reference),
                parseResult.GetValue(truth) ?? [],
                parseResult.GetValue(variants),
                parseResult.GetValue(threads),
                parseResult.GetValue(report)),
            cancellation));
        return command;
    }

    private static Option<string[]> Files(string name, string description) => new(name) { Description = description, AllowMultipleArgumentsPerToken = true };

    private static void Run(Settings settings, CancellationToken cancellation)
    {
        Check(settings);
        using var report = settings.Report is null ? null : new AtomicFile(settings.Report);
        var aligner = settings.Reference is null ? null : new ReferenceAligner(ReferenceGenome.Load(settings.Reference));
        var variants = settings.Variants is null ? null : TrueVariants.Load(settings.Variants);
        var total = CorrectionEvaluation.Nothing;
        for (var i = 0; i < settings.Raw.Length; i++)
        {
            using var raw = ReadReader.Open(settings.Raw[i]);
            using var corrected = ReadReader.Open(settings.Corrected[i]);
            using var truth = aligner is null ? ReadReader.Open(settings.Truth[i]) : null;
            total += truth is null
                ? CorrectionEvaluation.AgainstReference(raw.ReadAll(), corrected.ReadAll(), aligner!, variants, settings.Threads, cancellation)
                : CorrectionEvaluation.AgainstTruth(raw.ReadAll(), corrected.ReadAll(), truth.ReadAll(), variants, settings.Threads, cancellation);
        }
        foreach (var (name, value) in Figures(total))
            Console.WriteLine($"{name,-24}{value}");
        if (report is null)
            return;
        JsonSerializer.Serialize(
            report.Stream,
            new
            {
                RunReport.Version,
                Command = RunReport.CommandLine,
                total.Metrics,
                total.EditsBefore,
                total.EditsAfter,
                total.EditGain,
                total.Variants,
                total.Unplaced,
                total.Dropped,
                total.DroppedErrors,
            },
            Json);
        report.Commit();
    }

    private static void Check(Settings settings)
    {
        if (settings.Reference is null == (settings.Truth.Length == 0))
            throw new InputException("give either --reference, the genome that the reads come from, or --truth, the reads without errors");
        if (settings.Corrected.Length != settings.Raw.Length || (settings.Reference is null && settings.Truth.Length != settings.Raw.Length))
        {
            throw new InputException($"{settings.Raw.Length} raw files, {settings.Corrected.Length} corrected ones"
                + (settings.Reference is null ? $" and {settings.Truth.Length} of truth" : "") + "; as many of each expected");
        }
        OutputGuard.Check(
            [.. settings.Raw, .. settings.Corrected, .. settings.Truth, .. new[] { settings.Reference, settings.Variants }.OfType<string>()], [], settings.Report);
    }

    private static IEnumerable<(string Name, string Value)> Figures(CorrectionEvaluation evaluation)
    {
        var m = evaluation.Metrics;
        yield return ("reads", $"{m.Reads:N0}");
        yield return ("bases", $"{m.Bases:N0}");
        yield return ("errors before", $"{m.ErrorsBefore:N0} ({m.ErrorRateBefore:P3} of bases)");
        yield return ("errors after", $"{m.ErrorsAfter:N0} ({m.ErrorRateAfter:P3} of bases)");
        yield return ("perfect reads before", $"{m.PerfectBefore:N0} ({(double)m.PerfectBefore / m.Reads:P1})");
        yield return ("perfect reads after", $"{m.PerfectAfter:N0} ({(double)m.PerfectAfter / m.Reads:P1})");
        yield return ("true positives", $"{m.TruePositives:N0}");
        yield return ("false positives", $"{m.FalsePositives:N0} ({m.MadeWrongPerMillion:F1} per million bases)");
        yield return ("false negatives", $"{m.FalseNegatives:N0}");
        yield return ("gain", $"{m.Gain:F4}");
        yield return ("sensitivity", $"{m.Sensitivity:F4}");
        yield return ("precision", $"{m.Precision:F4}");
        yield return ("edit distance before", Shown(evaluation.EditsBefore));
        yield return ("edit distance after", Shown(evaluation.EditsAfter));
        yield return ("gain by edits", $"{evaluation.EditGain:F4}");
        if (evaluation.Variants is { } variants)
        {
            yield return ("variant bases covered", $"{variants.Covered:N0} ({variants.Shown:N0} of them shown by the raw reads)");
            yield return ("variant bases kept", $"{variants.Kept:N0} ({variants.KeptShare:P2} of those shown)");
            yield return ("reads not told apart", $"{variants.UntoldReads:N0} (no unique place in the reference)");
        }
        yield return ("reads without a place", $"{evaluation.Unplaced:N0}");
        yield return ("reads dropped", $"{evaluation.Dropped:N0} (with {evaluation.DroppedErrors:N0} errors)");
    }

    private static string Shown(EditCounts edits) =>
        $"{edits.Distance:N0} ({edits.Substitutions:N0} substitutions, {edits.Insertions:N0} insertions, {edits.Deletions:N0} deletions)";
}
