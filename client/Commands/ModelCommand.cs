using System.CommandLine;
using System.Diagnostics;
using DnaBart.IO;
using DnaBart.Model;
using DnaBart.Sequences;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart model check</c>: whether this program computes from a checkpoint what Hugging Face transformers recorded.
/// <c>dnabart model generate</c>: the tokens that it puts in place of sequences, and how fast.</summary>
internal static class ModelCommand
{
    public static Command Create() => new("model", "Look after model folders")
    {
        CreateCheck(),
        CreateGenerate(),
        ProofreadCommand.Create(),
        CalibrateCommand.Create(),
    };

    private static Command CreateCheck()
    {
        var model = ModelOptions.Model();
        var expected = new Option<string>("--expected") { Description = "Recorded tensors, a safetensors file such as tests/data/bart_tiny/expected.safetensors", Required = true };
        var tolerance = new Option<double>("--tolerance") { Description = "The largest absolute difference allowed; token ids must agree exactly", DefaultValueFactory = _ => 1e-4 };
        var device = ModelOptions.Device();
        var command = new Command("check", "Compare a checkpoint with recorded outputs, gradients and training steps. Exits 1 above the tolerance")
        {
            model, expected, tolerance, device,
        };
        command.SetAction((parseResult, cancellation) => Check(
            parseResult.GetRequiredValue(model),
            parseResult.GetRequiredValue(expected),
            parseResult.GetValue(tolerance),
            parseResult.GetValue(device),
            cancellation));
        return command;
    }

    private static Command CreateGenerate()
    {
        var model = ModelOptions.Model();
        var reads = new Argument<string>("READS") { Description = "FASTA or FASTQ, plain or gzip; - for standard input" };
        var batch = new Option<int>("--batch") { Description = "Sequences at a time", DefaultValueFactory = _ => 64 }.AtLeast(1);
        var plain = new Option<bool>("--plain") { Description = "Token by token, without the sequence as the draft; the output is the same" };
        var device = ModelOptions.Device();
        var threads = ModelOptions.Threads();
        var command = new Command("generate", "Print a model's greedy output, the ids of a sequence a line; the speed goes to standard error")
        {
            model, reads, batch, plain, device, threads,
        };
        command.SetAction((parseResult, cancellation) =>
        {
            Engine.Threads = parseResult.GetValue(threads);
            using var generator = new TokenGenerator(parseResult.GetRequiredValue(model), parseResult.GetValue(device));
            Generate(generator, parseResult.GetRequiredValue(reads), parseResult.GetValue(batch), parseResult.GetValue(plain), cancellation);
        });
        return command;
    }

    private static void Generate(TokenGenerator generator, string reads, int batch, bool plain, CancellationToken cancellation)
    {
        using var writer = new StreamWriter(StandardOutput.Open());
        var sequences = 0L;
        var busy = new Stopwatch();
        foreach (var chunk in SequenceReader.ReadAll(reads).Chunk(batch))
        {
            cancellation.ThrowIfCancellationRequested();
            // The first batch pays for the loading of kernels: it is not counted where there are others.
            if (sequences == batch)
                busy.Reset();
            busy.Start();
            var outputs = generator.Generate(Array.ConvertAll(chunk, sequence => sequence.Bases), plain);
            busy.Stop();
            sequences += chunk.Length;
            foreach (var tokens in outputs)
                writer.WriteLine(string.Join(' ', tokens));
        }
        var counted = sequences > batch ? sequences - batch : sequences;
        Console.Error.WriteLine($"{sequences} sequences, {counted / busy.Elapsed.TotalSeconds:F1} a second"
            + (plain || sequences == 0 ? "" : $", {(double)generator.Passes / sequences:F2} passes each"));
    }

    private static int Check(string folder, string expected, double tolerance, string? device, CancellationToken cancellation)
    {
        if (!(tolerance >= 0))
            throw new InputException($"--tolerance {tolerance}: a number, 0 or more, expected");
        using var check = new ModelCheck(folder, expected, device, tolerance);
        var failed = 0;
        Console.WriteLine($"{"name",-28}{"difference",12}  ok");
        foreach (var result in check.Run())
        {
            cancellation.ThrowIfCancellationRequested();
            Console.WriteLine($"{result.Name,-28}{result.Difference,12:G3}  {(result.Passed ? "yes" : "NO")}");
            failed += result.Passed ? 0 : 1;
        }
        return failed == 0 ? 0 : 1;
    }
}
