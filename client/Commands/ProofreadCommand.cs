using System.CommandLine;
using DnaBart.Correction;
using DnaBart.Model;
using DnaBart.Sequences;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart model proofread</c>: finds what a model gets wrong of its own genome, and keeps it in its folder.</summary>
internal static class ProofreadCommand
{
    public static Command Create()
    {
        var model = ModelOptions.Model();
        var genome = ModelOptions.TrainingGenome();
        var device = ModelOptions.Device();
        var threads = ModelOptions.Threads();
        var command = new Command("proofread",
            "Have a model read its own genome, without errors, and keep what it would change in its folder, " + KnownMistakes.FileName
            + ": mistakes that it will not make again. Before calibrate")
        {
            model, genome, device, threads,
        };
        command.SetAction((parseResult, cancellation) => Run(
            parseResult.GetRequiredValue(model), parseResult.GetRequiredValue(genome), parseResult.GetValue(device), parseResult.GetValue(threads), cancellation));
        return command;
    }

    private static void Run(string folder, string[] genomes, string? device, int threads, CancellationToken cancellation)
    {
        using var model = CorrectionModel.Load(folder, device);
        var genome = FastaReader.ReadFiles(genomes);
        KnownMistakes mistakes;
        using (var status = new StatusLine())
            mistakes = model.NewProofreading(threads).Run(genome, (done, all) => status.Show($"read {done:N0} of {all:N0} stretches"), cancellation);
        mistakes.Save(folder);
        Console.WriteLine($"{mistakes.Count:N0} mistakes in {genome.Sum(sequence => (long)sequence.Bases.Length):N0} bases, in {Path.Combine(folder, KnownMistakes.FileName)}");
    }
}
