using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using DnaBart.Client.Remote;
using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Model;
using DnaBart.Sequences;
using DnaBart.Spectrum;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart correct</c>: FASTQ or FASTA in, the same out, with the same names, qualities and, unless
/// indels are corrected too, lengths, in the same order.</summary>
internal static class CorrectCommand
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private sealed record Settings(
        string? Model, bool NoModel, string? Server, int? Kmer, long? GenomeSize, string[] Inputs, string[] Outputs, bool Interleaved, string? Device, int Threads,
        double? Threshold, double? Divergence, bool Indels, string? Report);

    /// <summary>How reads are corrected, and what the report says of it: some facts belong to a model, others to a spectrum.</summary>
    private sealed record Method(
        string Device, string? Model, double? Threshold, int? WindowBases, int? K, double? CoveredShare, double? Divergence,
        Func<IEnumerable<Read>, Action<Read>, CorrectionSummary> Correct);

    // Below this share of bases that another read shows, errors without a second opinion are common.
    private const double LowCoverage = 0.95;

    // From so many others on, bases that no other read shows lie beside errors.
    private const int UsualDepth = 5;

    public static Command Create()
    {
        var model = new Option<string?>("--model") { Description = "The model's folder; with --server, the name of a model there" };
        var server = new Option<string?>("--server") { Description = "Let a server that `dnabart serve` started correct the reads, such as http://127.0.0.1:8080" };
        var noModel = new Option<bool>("--no-model") { Description = "Correct by what the reads say about each other (their k-mers) alone; reads the input twice" };
        var kmer = new Option<int?>("--kmer") { Description = $"Bases of a k-mer, odd, 11 to {KmerTable.LongestK}; by default {KmerTable.LongestK} for deep reads without --indels, else {KmerSpectrum.DefaultK}" };
        var genomeSize = new Option<long?>("--genome-size") { Description = "Choose k, where reads are not deep, for a genome of about so many bases" };
        var inputs = new Argument<string[]>("IN") { Description = "FASTQ or FASTA, plain or gzip; two files are R1 and R2 of pairs; - is standard input", Arity = ArgumentArity.OneOrMore };
        var outputs = new Option<string[]>("--output", "-o") { Description = "The corrected reads, in the same format, one -o for each input; .gz compresses; - is standard output", Required = true };
        var interleaved = new Option<bool>("--interleaved") { Description = "Mates follow each other in the one input; checks that they do" };
        var device = ModelOptions.Device();
        var threads = ModelOptions.Threads();
        var threshold = new Option<double?>("--threshold") { Description = "Natural log-odds by which a change must win over the base seen; higher changes less. The model's own by default, with --no-model ln 4" };
        var divergence = new Option<double?>("--divergence") { Description = "Share of bases at which the sample truly differs from the model's genome; estimated from the reads without it" };
        var indels = new Option<bool>("--indels") { Description = "Also take out and put in up to eight bases in a place where the other reads show it; such reads change their length" };
        var report = new Option<string?>("--report") { Description = "Write what was done to this JSON file" };
        var command = new Command("correct", "Correct errors in sequencing reads") { inputs, model, noModel, server, kmer, genomeSize, outputs, interleaved, device, threads, threshold, divergence, indels, report };
        command.SetAction((parseResult, cancellation) => Run(
            new Settings(
                parseResult.GetValue(model),
                parseResult.GetValue(noModel),
                parseResult.GetValue(server),
                parseResult.GetValue(kmer),
                parseResult.GetValue(genomeSize),
                parseResult.GetRequiredValue(inputs),
                parseResult.GetRequiredValue(outputs),
                parseResult.GetValue(interleaved),
                parseResult.GetValue(device),
                parseResult.GetValue(threads),
                parseResult.GetValue(threshold),
                parseResult.GetValue(divergence),
                parseResult.GetValue(indels),
                parseResult.GetValue(report)),
            cancellation));
        return command;
    }

    private static void Run(Settings settings, CancellationToken cancellation)
    {
        Check(settings);
        var run = new RunReport();
        using var remote = settings.Server is { } server ? new RemoteCorrector(server, settings.Model, TimeProvider.System, Console.Error.WriteLine) : null;
        using var input = ReadInput.Open(settings.Inputs, settings.Interleaved);
        if (remote is not null)
        {
            Correct(settings, input, run, new Method(remote.Server, settings.Model, null, null, null, null, null,
                (reads, consume) => remote.Correct(reads, consume, cancellation)));
            return;
        }
        if (settings.NoModel)
        {
            var spectrum = Count(settings, input, cancellation);
            var threshold = settings.Threshold ?? KmerSpectrum.DefaultMargin;
            Correct(settings, input, run, new Method("the CPU", null, threshold, null, spectrum.K, spectrum.CoveredShare, null,
                (reads, consume) => spectrum.Correct(reads, Corrected(consume), threshold, settings.Indels, settings.Threads, cancellation)));
            return;
        }
        using var model = CorrectionModel.Load(settings.Model!, settings.Device, settings.Threshold);
        var (reads, divergence) = Learn(settings, input, model, cancellation);
        Correct(settings, input, run, new Method(
            model.Device, settings.Model, model.Settings.Threshold, model.Settings.WindowBases, reads?.K, reads?.CoveredShare, divergence.OfSample,
            (all, consume) => model.Correct(all, Corrected(consume), settings.Threads, cancellation, reads, divergence, settings.Indels)));
    }

    /// <summary>What the reads say about each other and about their distance from the model's genome; of standard input or a pipe, which can be read
    /// but once, nothing.</summary>
    private static (KmerSpectrum? Reads, Divergence Divergence) Learn(Settings settings, ReadInput input, CorrectionModel model, CancellationToken cancellation)
    {
        var told = settings.Divergence is { } rate ? Divergence.Of(rate) : (Divergence?)null;
        if (settings.Inputs.Any(ReadInput.CanOnlyBeReadOnce))
        {
            Console.Error.WriteLine("note: standard input, or a pipe, is read once: the model corrects alone, without what the reads say about each other");
            return (null, told ?? Divergence.Usual);
        }
        var spectrum = Count(settings, input, cancellation);
        var divergence = told ?? model.EstimateDivergence(spectrum, cancellation);
        Console.Error.WriteLine($"divergence from what the model knows: {divergence.OfSample:P4} of bases{(told is null ? ", estimated; --divergence sets it" : "")}");
        return (spectrum, divergence);
    }

    private static Action<CorrectedRead> Corrected(Action<Read> consume) => corrected => consume(corrected.Read with { Bases = corrected.Bases });

    private static KmerSpectrum Count(Settings settings, ReadInput input, CancellationToken cancellation)
    {
        var k = settings.Kmer ?? (settings.GenomeSize is { } bases ? KmerSpectrum.KFor(bases) : KmerSpectrum.DefaultK);
        // An insertion or deletion is found where all k-mers over its place are right: the longer, the more often another error is in the way.
        var spectrum = settings.Kmer is not null || settings.Indels
            ? KmerSpectrum.Count(input.ReadAnew(), k, input.ArePairs, settings.Threads, cancellation)
            : KmerSpectrum.CountByDepth(input.ReadAnew(), k, input.ArePairs, settings.Threads, cancellation);
        Console.Error.WriteLine($"{spectrum.DistinctKmers:N0} distinct {spectrum.K}-mers; {spectrum.CoveredShare:P1} of bases are seen in another read, "
            + $"half of them in {spectrum.MedianDepth} or more");
        if (settings.NoModel && spectrum is { CoveredShare: < LowCoverage, MedianDepth: < UsualDepth })
            Console.Error.WriteLine("note: the reads overlap too little for a k-mer spectrum; bases that no other read shows stay as they are");
        return spectrum;
    }

    private static void Correct(Settings settings, ReadInput input, RunReport run, Method method)
    {
        using var output = new ReadOutput(settings.Outputs, settings.Threads, input.Format);
        using var report = settings.Report is null ? null : new AtomicFile(settings.Report);
        var summary = CorrectionProgress.Show(input, step => method.Correct(
            input.ReadAll(),
            read =>
            {
                output.Write(read);
                step();
            }));
        output.Commit();
        var seconds = run.Seconds;
        if (report is not null)
        {
            report.Stream.Write(ReportJson(settings, method, summary, seconds));
            report.Commit();
        }
        Console.Error.WriteLine($"dnabart {RunReport.Version}: {RunReport.CommandLine}");
        Console.Error.WriteLine($"{summary.Reads:N0} reads, {summary.Bases:N0} bases; {summary.ChangedBases:N0} bases changed{(settings.Indels ? $", {summary.Indels:N0} taken out or put in," : "")} in "
            + $"{summary.ChangedReads:N0} reads{(summary.Passes > 0 ? $"; {(double)summary.ModelReads / summary.Reads:P1} of reads took {(double)summary.Passes / summary.ModelReads:F2} passes of the model each" : "")}");
        Console.Error.WriteLine($"{summary.Reads / seconds:N0} reads/s, {seconds:F1} s on {method.Device}, peak memory {RunReport.PeakMemoryBytes >> 20:N0} MiB");
    }

    private static void Check(Settings settings)
    {
        if (settings.Outputs.Length != settings.Inputs.Length)
        {
            throw new InputException($"{settings.Inputs.Length} input files and {settings.Outputs.Length} outputs; "
                + "give an -o for each input, for pairs: R1.fq R2.fq -o out1.fq -o out2.fq");
        }
        if (settings.Server is not null && (settings.NoModel || settings.Device is not null || settings.Threshold is not null))
            throw new InputException("--no-model, --device and --threshold do not go with --server: the server has its own models and devices");
        if (settings.Server is null && settings.NoModel == settings.Model is not null)
            throw new InputException("give --model FOLDER, --server URL, or --no-model to correct by the reads' k-mers alone");
        if (settings.NoModel && settings.Inputs.FirstOrDefault(ReadInput.CanOnlyBeReadOnce) is { } stream)
            throw new InputException($"{stream}: --no-model reads its input twice; give a file, no standard input or pipe");
        if (settings.Server is not null && (settings.Kmer is not null || settings.GenomeSize is not null || settings.Divergence is not null))
            throw new InputException("--kmer, --genome-size and --divergence do not go with --server: a server sees a request's reads only");
        if (settings.Indels && (settings.Server is not null || settings.Inputs.Any(ReadInput.CanOnlyBeReadOnce)))
            throw new InputException("--indels goes by the other reads: it takes files, and no --server");
        if (settings.NoModel && settings.Divergence is not null)
            throw new InputException("--divergence is that from a model's genome; it does not go with --no-model");
        if (settings.NoModel && settings.Device is not null)
            throw new InputException("--device is where a model runs; it does not go with --no-model");
        if (settings.Kmer is not null && settings.GenomeSize is not null)
            throw new InputException("--genome-size chooses what --kmer says; give one of them");
        if ((settings.Kmer is not null || settings.GenomeSize is not null) && settings.Inputs.Any(ReadInput.CanOnlyBeReadOnce))
            throw new InputException("--kmer and --genome-size are for k-mers of all reads: they take files, no standard input or pipe");
        if (settings.Divergence is { } divergence && divergence is not (> 0 and <= 0.5))
            throw new InputException($"--divergence {divergence}: a share of bases above 0 and at most 0.5 expected");
        if (settings.Kmer is { } k && (k % 2 == 0 || k is < 11 or > KmerTable.LongestK))
            throw new InputException($"--kmer {k}: an odd number from 11 to {KmerTable.LongestK} expected");
        if (settings.GenomeSize is < 1)
            throw new InputException($"--genome-size {settings.GenomeSize}: 1 or more expected");
        OutputGuard.Check(settings.Inputs, settings.Outputs, settings.Report);
    }

    private static byte[] ReportJson(Settings settings, Method method, CorrectionSummary summary, double seconds) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            RunReport.Version,
            Command = RunReport.CommandLine,
            settings.Inputs,
            settings.Outputs,
            method.Model,
            method.Device,
            settings.Threads,
            settings.Server,
            method.Threshold,
            method.WindowBases,
            method.K,
            method.CoveredShare,
            method.Divergence,
            summary.Reads,
            summary.Bases,
            summary.ChangedReads,
            summary.ChangedBases,
            Indels = settings.Indels ? summary.Indels : (long?)null,
            ModelReads = settings.Server is null ? summary.ModelReads : (long?)null,
            PassesPerRead = settings.Server is null ? summary.PassesPerRead : (double?)null,
            Seconds = seconds,
            ReadsPerSecond = summary.Reads / seconds,
            RunReport.PeakMemoryBytes,
        },
        Json);
}
