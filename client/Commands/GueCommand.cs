using System.CommandLine;
using DnaBart.Baselines;
using DnaBart.Gue;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart gue</c>: the catalogue of the benchmark's 28 datasets and the check of a folder that holds them.</summary>
internal static class GueCommand
{
    public static Command Create() => new("gue", "The GUE benchmark: its 28 datasets, and whether a folder holds them")
    {
        CreateList(),
        CreateCheck(),
        CreateBaseline(),
    };

    private static Command CreateList()
    {
        var command = new Command("list", "Print the 28 datasets as tab-separated text");
        command.SetAction(_ =>
        {
            Console.WriteLine("task\ttable\tfamily\tclasses\tlength\tmetric\ttrain\tdev\ttest\tNT-2500M\tDNABERT-2\tDNABART");
            foreach (var d in GueCatalogue.All)
            {
                Console.WriteLine(string.Join('\t',
                    d.Task, GueCatalogue.TableNumber(d.Family), GueCatalogue.Title(d.Family), d.Classes, d.Length,
                    d.Metric == GueMetric.Mcc ? "MCC" : "macro F1",
                    d.Rows(GueSplit.Train), d.Rows(GueSplit.Dev), d.Rows(GueSplit.Test),
                    string.Join('\t', Enum.GetValues<PublishedModel>().Select(m => GuePublished.Figure(d, m)))));
            }
            foreach (var note in GuePublished.Notes)
                Console.Error.WriteLine($"note: {note}");
        });
        return command;
    }

    private static Command CreateCheck()
    {
        var folder = new Argument<string>("DIR") { Description = "The folder that holds EMP, mouse, prom, splice, tf and virus" };
        var command = new Command("check", "Compare a folder with the published files; report duplicates. Exits 1 unless all 28 datasets are as published")
        {
            folder,
        };
        command.SetAction((parseResult, cancellationToken) =>
            Task.FromResult(Check(new GueFolder(parseResult.GetRequiredValue(folder)), cancellationToken)));
        return command;
    }

    private static Command CreateBaseline()
    {
        var folder = new Argument<string>("DIR") { Description = "The folder that holds EMP, mouse, prom, splice, tf and virus" };
        var tasks = new Option<string[]>("--task") { Description = "Datasets, by name; all that are whole if none is given", AllowMultipleArgumentsPerToken = true };
        var command = new Command("baseline", "Train and test k-mer logistic regression: the yardstick for a finetuned model") { folder, tasks };
        command.SetAction((parseResult, cancellationToken) =>
        {
            var data = new GueFolder(parseResult.GetRequiredValue(folder));
            var named = parseResult.GetValue(tasks) is { Length: > 0 } names ? names.Select(GueCatalogue.Find) : GueCatalogue.All.Where(data.IsWhole);
            Console.WriteLine("task\ttest_mcc\ttest_accuracy\ttest_macro_f1\tdev_mcc\tstrands\tl2\tseconds");
            foreach (var dataset in named)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var r = KmerBaseline.Run(data, dataset);
                Console.WriteLine($"{dataset.Task}\t{r.Test.Mcc:F4}\t{r.Test.Accuracy:F4}\t{r.Test.MacroF1:F4}\t{r.Dev.Mcc:F4}\t{(r.BothStrands ? 2 : 1)}\t{r.L2}\t{r.Seconds:F1}");
            }
            return Task.FromResult(0);
        });
        return command;
    }

    private static int Check(GueFolder folder, CancellationToken cancellationToken)
    {
        var asPublished = 0;
        Console.WriteLine("task\ttrain\tdev\ttest\trepeated_rows\tconflicting_labels\tdev_rows_in_train\ttest_rows_in_train\ttest_rows_in_dev");
        foreach (var dataset in GueCatalogue.All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var finding = GueCheck.Run(folder, dataset);
            asPublished += finding.Files.All(f => f.State == GueFileState.Published) ? 1 : 0;
            string Shared(GueSplit first, GueSplit second) =>
                finding.Duplicates.Across.FirstOrDefault(s => s.First == first && s.Second == second)?.Rows.ToString() ?? "-";
            Console.WriteLine(string.Join('\t',
                dataset.Task,
                string.Join('\t', finding.Files.Select(f => f.State.ToString().ToLowerInvariant())),
                finding.Duplicates.Within.Values.Sum(s => s.Rows - s.Distinct),
                finding.Duplicates.Within.Values.Sum(s => s.Conflicting),
                Shared(GueSplit.Train, GueSplit.Dev), Shared(GueSplit.Train, GueSplit.Test), Shared(GueSplit.Dev, GueSplit.Test)));
            foreach (var file in finding.Files.Where(f => f.State is GueFileState.Different or GueFileState.Broken))
                Console.Error.WriteLine($"{dataset.Task} {file.Split.ToString().ToLowerInvariant()}: {file.Problem}");
        }
        Console.Error.WriteLine($"{asPublished} of {GueCatalogue.All.Length} datasets are whole and as published");
        return asPublished == GueCatalogue.All.Length ? 0 : 1;
    }
}
