using System.CommandLine;
using DnaBart.Finetuning;
using DnaBart.Gue;
using DnaBart.IO;
using DnaBart.Metrics;
using DnaBart.Model.Finetuning;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart finetune</c>: makes a classifier for a GUE dataset of a pretrained model.</summary>
internal static class FinetuneCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The pretrained model's folder", Required = true };
        var task = new Option<string>("--task") { Description = "The dataset, such as tf/0; `dnabart gue list` prints all", Required = true };
        var data = new Option<string>("--data") { Description = "The folder that holds EMP, mouse, prom, splice, tf and virus", Required = true };
        var output = new Option<string>("--out") { Description = "The classifier's folder, whole or absent; the same command goes on after a kill", Required = true };
        var recipe = new Option<string?>("--recipe") { Description = "The recipe, such as recipes/finetune-mini.json; the paper's by default" };
        var seed = new Option<int>("--seed") { Description = "Random seed, 0 or more", DefaultValueFactory = _ => 1 };
        var device = ModelOptions.Device();
        var command = new Command("finetune", "Make a classifier of a pretrained model; test it once, at the end") { model, task, data, output, recipe, seed, device };
        command.SetAction((parseResult, cancellation) =>
        {
            var target = new FinetuningTask(
                new GueFolder(parseResult.GetRequiredValue(data)), GueCatalogue.Find(parseResult.GetRequiredValue(task)), Seed(parseResult.GetValue(seed)));
            using var status = new StatusLine();
            var finetuner = new Finetuner(
                parseResult.GetValue(recipe) is { } path ? FinetuningRecipe.Load(path) : FinetuningRecipe.Paper,
                target, parseResult.GetRequiredValue(model), parseResult.GetRequiredValue(output), parseResult.GetValue(device))
            {
                Progress = p => status.Show($"epoch {p.Epoch} of {p.Epochs}  {100 * p.EpochShare:F0} %  loss {p.Loss:F4}  {Duration.Text(p.Remaining)} left"),
                EpochEnded = epoch => status.Print(Describe(epoch)),
            };
            Print(finetuner.Run(cancellation: cancellation).Result!, status);
        });
        return command;
    }

    /// <exception cref="InputException">The seed is negative.</exception>
    internal static ulong Seed(int seed) => seed >= 0 ? (ulong)seed : throw new InputException($"--seed {seed}: a whole number, 0 or more, expected");

    private static string Describe(EpochResult epoch)
    {
        var dev = ConfusionMatrix.FromRows(epoch.Dev);
        return $"epoch {epoch.Epoch}  train loss {epoch.TrainLoss:F4}  dev loss {epoch.DevLoss:F4}  dev MCC {dev.Mcc:F4}  accuracy {dev.Accuracy:F4}  F1 {dev.MacroF1:F4}"
            + (dev.IsCollapsed ? "  (every sequence called the same class)" : "");
    }

    private static void Print(FinetuningResult result, StatusLine status)
    {
        if (result.Collapsed)
            status.Print("the model calls every test sequence the same class: it learned nothing. Try another learning rate, warm-up or seed");
        if (result.CutSequences > 0)
            status.Print($"{result.CutSequences} sequences were longer than the model takes and were cut");
        status.Print($"confusion on test, a row a true class: {string.Join(" | ", result.Test.Select(row => string.Join(' ', row)))}");
        var run = result.ToRun("");
        Console.WriteLine("task\tseed\tbest_epoch\tdev_score\ttest_mcc\ttest_accuracy\ttest_macro_f1\tseconds");
        Console.WriteLine($"{run.Task}\t{run.Seed}\t{result.BestEpoch}\t{run.DevScore:F4}\t{run.Mcc:F4}\t{run.Accuracy:F4}\t{run.MacroF1:F4}\t{run.Seconds:F1}");
    }
}
