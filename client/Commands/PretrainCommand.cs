using System.CommandLine;
using DnaBart.Model.Pretraining;
using DnaBart.Pretraining;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart pretrain</c>: trains a model on genomes by a recipe; can be killed at any time and resumed.</summary>
internal static class PretrainCommand
{
    public static Command Create()
    {
        var recipe = new Option<string>("--recipe") { Description = "The recipe, a JSON file such as recipes/mini-correction.json", Required = true };
        var genome = new Option<string[]>("--genome") { Description = "FASTA files, plain or gzip", Required = true, AllowMultipleArgumentsPerToken = true };
        var output = new Option<string>("--out") { Description = "The run's folder: checkpoints/, metrics.csv, evaluation.csv, curves.svg, model/", Required = true };
        var from = new Option<string?>("--from") { Description = "A model folder to start from, its tokenizer included; random weights by default" };
        var resume = new Option<bool>("--resume") { Description = "Go on from the newest checkpoint in the folder, exactly as if the run had not stopped" };
        var device = ModelOptions.Device();
        var command = new Command("pretrain", "Train a model to restore damaged sequence (denoising pretraining)") { recipe, genome, output, from, resume, device };
        command.SetAction((parseResult, cancellation) => Run(
            PretrainingRecipe.Load(parseResult.GetRequiredValue(recipe)),
            parseResult.GetRequiredValue(genome),
            parseResult.GetRequiredValue(output),
            parseResult.GetValue(from),
            parseResult.GetValue(resume),
            parseResult.GetValue(device),
            cancellation));
        return command;
    }

    private static void Run(
        PretrainingRecipe recipe, string[] files, string folder, string? from, bool resume, string? device, CancellationToken cancellation)
    {
        var genome = Genome.Load(files);
        using var status = new StatusLine();
        var pretrainer = new Pretrainer(recipe, genome, folder, device, from)
        {
            Progress = p => status.Show(
                $"step {p.Step}  {100.0 * p.Examples / p.TotalExamples:F1} %  loss {p.Loss:F4}  lr {p.LearningRate:G3}  "
                + $"{p.TokensPerSecond:N0} tokens/s  {Duration.Text(p.Remaining)} left"),
            Evaluated = (step, results) =>
            {
                foreach (var result in results)
                {
                    status.Print($"step {step}  {result.Corruption} ({EvaluateCommand.Sequence(result)}): Acc {result.Metrics.Accuracy:F4}  "
                        + $"F1 {result.Metrics.MacroF1:F4}  perplexity {result.Metrics.Perplexity:F4}");
                }
            },
            Noted = note => status.Print($"note: {note}"),
        };
        pretrainer.Run(resume, cancellation);
        Console.WriteLine(pretrainer.ModelFolder);
    }
}
