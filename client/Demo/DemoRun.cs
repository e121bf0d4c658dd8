using System.Text.Json;
using DnaBart.Alignment;
using DnaBart.Batching;
using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Model;
using DnaBart.Spectrum;

namespace DnaBart.Client.Demo;

/// <summary>What the demo's report shows.</summary>
/// <param name="Seconds">Of the correction, model loading left out.</param>
internal sealed record DemoResult(
    string[] Inputs, string Reference, string Model, CorrectionSettings Settings, string Device, CorrectionSummary Summary, double Seconds,
    CorrectionProfile Profile, IReadOnlyList<DemoExample> Examples);

/// <summary>Corrects the reads of a pair of files, compares them with their genome, and writes reads and reports into a folder.</summary>
internal sealed class DemoRun(string[] inputs, string reference, string modelFolder, string folder, int threads)
{
    private const int ChunkReads = 256;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public string ReportFile { get; } = Path.Combine(folder, "report.html");

    public DemoResult Run(string? device, CancellationToken cancellation)
    {
        if (!Directory.Exists(modelFolder))
        {
            throw new InputException($"{modelFolder}: no such model; train it with ./dnabart pretrain --recipe recipes/sars-cov-2.json "
                + "--genome tests/data/genomes/SARS-CoV-2.NC_045512.2.fa.gz --out out/sars-cov-2, then ./dnabart demo --model out/sars-cov-2/model");
        }
        using var model = CorrectionModel.Load(modelFolder, device);
        Directory.CreateDirectory(folder);
        Console.Error.WriteLine($"correcting {string.Join(" and ", inputs.Select(Path.GetFileName))} with {modelFolder} on {model.Device}");
        var run = new RunReport();
        var reads = new List<CorrectedRead>();
        using var input = ReadInput.Open(inputs, interleaved: false);
        var spectrum = KmerSpectrum.CountByDepth(input.ReadAnew(), KmerSpectrum.DefaultK, input.ArePairs, threads, cancellation);
        var divergence = model.EstimateDivergence(spectrum, cancellation);
        CorrectionSummary summary;
        using (var output = new ReadOutput([.. inputs.Select(path => Path.Combine(folder, "corrected_" + Path.GetFileName(path)))], threads, input.Format))
        {
            summary = CorrectionProgress.Show(input, step => model.Correct(
                input.ReadAll(),
                corrected =>
                {
                    output.Write(corrected.Read with { Bases = corrected.Bases });
                    reads.Add(corrected);
                    step();
                },
                threads,
                cancellation,
                spectrum,
                divergence));
            output.Commit();
        }
        var seconds = run.Seconds;
        Console.Error.WriteLine($"comparing {reads.Count:N0} reads with {Path.GetFileName(reference)}");
        var (profile, examples) = Compare(reads, cancellation);
        var result = new DemoResult(inputs, reference, modelFolder, model.Settings, model.Device, summary, seconds, profile, examples);
        AtomicFile.WriteAllText(Path.Combine(folder, "report.json"), ReportJson(result));
        AtomicFile.WriteAllText(ReportFile, DemoReport.Page(result));
        return result;
    }

    private (CorrectionProfile Profile, IReadOnlyList<DemoExample> Examples) Compare(List<CorrectedRead> reads, CancellationToken cancellation)
    {
        var aligner = new ReferenceAligner(ReferenceGenome.Load(reference));
        var profile = new CorrectionProfile();
        var examples = new DemoExamples();
        OrderedPipeline.Run(
            reads.Chunk(ChunkReads),
            (chunk, _) => Array.ConvertAll(chunk, read => ReadComparison.Of(read, aligner)),
            chunk =>
            {
                foreach (var comparison in chunk)
                {
                    profile.Add(comparison);
                    if (comparison is not null)
                        examples.Add(comparison);
                }
            },
            threads,
            cancellation);
        return (profile, examples.Chosen);
    }

    private static string ReportJson(DemoResult result) => JsonSerializer.Serialize(
        new
        {
            RunReport.Version,
            Command = RunReport.CommandLine,
            result.Inputs,
            result.Reference,
            result.Model,
            result.Device,
            result.Settings.WindowBases,
            result.Settings.Threshold,
            result.Summary,
            result.Seconds,
            RunReport.PeakMemoryBytes,
            result.Profile.Metrics,
            result.Profile.Unplaced,
            ErrorsByPosition = result.Profile.ByPosition,
            ErrorsByQuality = result.Profile.ByQuality,
        },
        Json) + "\n";
}
