using System.CommandLine;

namespace DnaBart.Client;

/// <summary>Options that commands which run a model share.</summary>
internal static class ModelOptions
{
    public static Option<string> Model() =>
        new("--model") { Description = "The model's folder", Required = true };

    public static Option<string[]> TrainingGenome() =>
        new("--genome") { Description = "What the model was trained on, FASTA", Required = true, AllowMultipleArgumentsPerToken = true };

    public static Option<string?> Device() =>
        new("--device") { Description = "cpu, cuda or cuda:N; the first GPU by default, else the CPU" };

    public static Option<int> Threads() =>
        new Option<int>("--threads") { Description = "CPU threads; all cores by default. The output is the same for any number", DefaultValueFactory = _ => Environment.ProcessorCount }.AtLeast(1);
}
