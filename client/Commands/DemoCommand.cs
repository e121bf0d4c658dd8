using System.CommandLine;
using DnaBart.Client.Demo;
using DnaBart.IO;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart demo</c>: corrects real reads with the shipped model and shows what that did.</summary>
internal static class DemoCommand
{
    private const string SampleFolder = "tests/data/sars_cov_2";
    private const string Reference = "tests/data/genomes/SARS-CoV-2.NC_045512.2.fa.gz";
    private const string FullSet = "data/fastq/vpipe_twist_pos_MN908947_3_1";
    private const string ShippedModel = "models/sars-cov-2";
    private const string SharedVariable = "DNABART_SHARED";

    public static Command Create()
    {
        var full = new Option<bool>("--full") { Description = $"The whole run of 19,970 pairs (from {SharedVariable} or ../shared) in place of the first 2,000" };
        var model = new Option<string?>("--model") { Description = $"Another model's folder in place of {ShippedModel}" };
        var output = new Option<string>("--out") { Description = "Where report.html, report.json and the corrected reads go", DefaultValueFactory = _ => Path.Combine("out", "demo") };
        var device = ModelOptions.Device();
        var threads = ModelOptions.Threads();
        var command = new Command("demo", "Correct real SARS-CoV-2 reads with the shipped model, compare them with the genome, and write a report") { full, model, output, device, threads };
        command.SetAction((parseResult, cancellation) => Run(
            parseResult.GetValue(full), parseResult.GetValue(model), parseResult.GetRequiredValue(output), parseResult.GetValue(device),
            parseResult.GetValue(threads), cancellation));
        return command;
    }

    private static void Run(bool full, string? modelFolder, string output, string? device, int threads, CancellationToken cancellation)
    {
        var root = FindCheckout();
        string[] inputs = full ? FullReads(root) : [Path.Combine(root, SampleFolder, "reads_R1.fastq.gz"), Path.Combine(root, SampleFolder, "reads_R2.fastq.gz")];
        var run = new DemoRun(inputs, Path.Combine(root, Reference), modelFolder ?? Path.Combine(root, ShippedModel), output, threads);
        var result = run.Run(device, cancellation);
        var m = result.Profile.Metrics;
        Console.WriteLine();
        Console.WriteLine($"{"",-28}{"before",12}{"after",12}");
        Console.WriteLine($"{"errors per 100,000 bases",-28}{1e5 * m.ErrorRateBefore,12:F1}{1e5 * m.ErrorRateAfter,12:F1}");
        Console.WriteLine($"{"reads without an error",-28}{(double)m.PerfectBefore / m.Reads,12:P1}{(double)m.PerfectAfter / m.Reads,12:P1}");
        Console.WriteLine($"{m.TruePositives:N0} errors put right, {m.FalsePositives:N0} made, {m.FalseNegatives:N0} left; gain {m.Gain:F3}");
        Console.WriteLine($"{result.Summary.Reads / result.Seconds:N0} reads/s, {result.Seconds:F0} s on {result.Device}");
        Console.WriteLine($"report: {run.ReportFile}");
    }

    private static string[] FullReads(string root)
    {
        var shared = Environment.GetEnvironmentVariable(SharedVariable) is { Length: > 0 } named ? named : Path.Combine(root, "..", "shared");
        var stem = Path.GetFullPath(Path.Combine(shared, FullSet));
        return File.Exists($"{stem}_R1.fastq.gz")
            ? [$"{stem}_R1.fastq.gz", $"{stem}_R2.fastq.gz"]
            : throw new InputException($"--full: {stem}_R1.fastq.gz is missing; name the folder that holds {FullSet}_R1.fastq.gz in {SharedVariable}");
    }

    /// <summary>The demo's reads and model lie in the checkout that this program was built in.</summary>
    private static string FindCheckout()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "DnaBart.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InputException("the demo needs a checkout of DnaBart: its reads and model lie there");
    }
}
