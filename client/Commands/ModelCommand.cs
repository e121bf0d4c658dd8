using System.CommandLine;
using DnaBart.IO;
using DnaBart.Model;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart model check</c>: whether this program computes from a checkpoint what Hugging Face transformers recorded.</summary>
internal static class ModelCommand
{
    public static Command Create() => new("model", "Look after model folders")
    {
        CreateCheck(),
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
        command.SetAction((parseResult, cancellation) => Task.Run(() => Check(
            parseResult.GetRequiredValue(model),
            parseResult.GetRequiredValue(expected),
            parseResult.GetValue(tolerance),
            parseResult.GetValue(device),
            cancellation)));
        return command;
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
