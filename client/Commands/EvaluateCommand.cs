using System.CommandLine;
using DnaBart.Model.Pretraining;
using DnaBart.Pretraining;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart evaluate</c>: Acc (eq. 1 of the paper), F1 and perplexity of a pretrained model, for each corruption of a recipe.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var model = ModelOptions.Model();
        var genome = new Option<string[]>("--genome") { Description = "FASTA files, plain or gzip, such as the genome that the model was trained on", Required = true, AllowMultipleArgumentsPerToken = true };
        var recipe = new Option<string?>("--recipe") { Description = "Windows and corruptions; by default those that the model was trained by" };
        var device = ModelOptions.Device();
        var command = new Command("evaluate", "Measure how well a model restores damaged sequence") { model, genome, recipe, device };
        command.SetAction((parseResult, cancellation) => Print(DenoisingEvaluation.OfFolder(
            parseResult.GetRequiredValue(model),
            parseResult.GetValue(recipe) is { } path ? PretrainingRecipe.Load(path) : null,
            Genome.Load(parseResult.GetRequiredValue(genome)),
            parseResult.GetValue(device),
            cancellation)));
        return command;
    }

    private static void Print(IReadOnlyList<EvaluationResult> results)
    {
        Console.WriteLine("corruption\tsequence\twindows\ttokens\taccuracy\tmacro_f1\tperplexity");
        foreach (var result in results)
        {
            Console.WriteLine(string.Join('\t',
                result.Corruption, Sequence(result), result.Windows, result.Metrics.Tokens,
                result.Metrics.Accuracy.ToString("F6"), result.Metrics.MacroF1.ToString("F6"), result.Metrics.Perplexity.ToString("F6")));
        }
    }

    /// <summary>Which sequence a result was measured on: a model may know the one and not the other.</summary>
    public static string Sequence(EvaluationResult result) => result.Sequence switch
    {
        EvaluatedSequence.TrainedOn => "trained on",
        EvaluatedSequence.HeldOut => "held out",
        _ => "given genome",
    };
}
