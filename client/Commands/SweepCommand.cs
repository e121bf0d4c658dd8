using System.Collections.Immutable;
using System.CommandLine;
using DnaBart.Checkpoints;
using DnaBart.Client.Sweeps;
using DnaBart.Finetuning;
using DnaBart.Gue;
using DnaBart.IO;
using DnaBart.Model;
using DnaBart.Model.Finetuning;
using DnaBart.Serving;
using DnaBart.Sweeps;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart sweep</c>: many finetunings, tasks x seeds x recipes, that survive any crash, and the report of them.</summary>
internal static class SweepCommand
{
    /// <summary>A trial is silent while data is read, dev is evaluated and a checkpoint is written; more than this is a hang.</summary>
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(15);

    public static Command Create() => new("sweep", "Finetune for many tasks and seeds; stop and resume at will; report")
    {
        CreatePlan(),
        CreateRun("run", "Run a planned sweep", resume: false),
        CreateRun("resume", "Go on with a sweep that was stopped or killed: only what is unfinished runs", resume: true),
        RemoteSweepCommands.Start(),
        RemoteSweepCommands.Status(),
        RemoteSweepCommands.Watch(),
        RemoteSweepCommands.Stop(),
        CreateReport(),
        CreateTrial(),
    };

    private static Argument<string> Folder() => new("DIR") { Description = "The sweep's folder" };

    private static Command CreatePlan()
    {
        var folder = Folder();
        var model = ModelOptions.Model();
        var data = new Option<string>("--data") { Description = "The folder that holds EMP, mouse, prom, splice, tf and virus", Required = true };
        var tasks = new Option<string[]>("--task") { Description = "Datasets, by name; all that are whole if none is given", AllowMultipleArgumentsPerToken = true };
        var recipes = new Option<string[]>("--recipe") { Description = "Recipes, a setting each; the paper's by default", AllowMultipleArgumentsPerToken = true };
        var seeds = new Option<int[]>("--seed") { Description = "Seeds; 1 2 3 by default", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 2, 3] };
        var rungs = new Option<int[]>("--rungs")
        {
            Description = "Early stopping by successive halving: after each of these epochs only a task's best trials, settings and seeds alike, go on; the last is the recipe's end",
            AllowMultipleArgumentsPerToken = true,
        };
        var reduction = new Option<int>("--reduction") { Description = "With --rungs: one of so many goes on", DefaultValueFactory = _ => 3 };
        var keep = new Option<bool>("--keep-models") { Description = "Keep each trial's classifier, not its result alone" };
        var command = new Command("plan", "Write down what a sweep is to run") { folder, model, data, tasks, recipes, seeds, rungs, reduction, keep };
        command.SetAction(parseResult =>
        {
            var gue = new GueFolder(parseResult.GetRequiredValue(data));
            var named = parseResult.GetValue(tasks) is { Length: > 0 } names ? names.Select(GueCatalogue.Find) : GueCatalogue.All.Where(gue.IsWhole);
            var pretrained = Path.GetFullPath(parseResult.GetRequiredValue(model));
            var weights = CheckpointManifest.Sha256OfWeights(pretrained);
            FinetuningSetting Setting(FinetuningRecipe recipe) => new(
                pretrained, Path.GetFullPath(parseResult.GetRequiredValue(data)), recipe, parseResult.GetValue(keep), weights);
            var settings = parseResult.GetValue(recipes) is { Length: > 0 } paths
                ? paths.Select(path => Setting(FinetuningRecipe.Load(path)).ToSweep(Path.GetFileNameWithoutExtension(path)))
                : [Setting(FinetuningRecipe.Paper).ToSweep("finetune-paper")];
            var halving = parseResult.GetValue(rungs) is { Length: > 0 } epochs ? new HalvingRule([.. epochs], parseResult.GetValue(reduction)) : null;
            var sweep = new SweepFolder(parseResult.GetRequiredValue(folder));
            var plan = new SweepPlan(
                Path.GetFileName(sweep.Path), [.. named.Select(dataset => dataset.Task)], [.. settings], [.. parseResult.GetRequiredValue(seeds).Select(seed => (int)FinetuneCommand.Seed(seed))],
                new SweepPolicy(LeaseTime, Halving: halving));
            plan.Validate();
            FinetuningSetting.Check(plan);
            Directory.CreateDirectory(sweep.Path);
            SweepJournal.Create(sweep.Journal, plan);
            foreach (var trial in plan.Trials)
                Console.WriteLine(trial.Id);
            Console.Error.WriteLine($"{plan.Trials.Length} trials; `dnabart sweep run {parseResult.GetRequiredValue(folder)}` runs them, with --dry-run it says for how long");
        });
        return command;
    }

    private static Command CreateRun(string name, string description, bool resume)
    {
        var folder = Folder();
        var devices = new Option<string[]>("--device") { Description = "Devices, such as cpu or cuda:0 cuda:1; all GPUs by default, else the CPU", AllowMultipleArgumentsPerToken = true };
        var slots = new Option<int>("--slots") { Description = "Trials at a time on each device", DefaultValueFactory = _ => 1 }.AtLeast(1);
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would run and for how long, from a few measured steps" };
        var command = new Command(name, description) { folder, devices, slots, dryRun };
        command.SetAction(async (parseResult, cancellation) =>
        {
            var sweep = new SweepFolder(parseResult.GetRequiredValue(folder));
            var content = SweepJournal.Read(sweep.Journal);
            if (!resume && content.Events.Length > 0)
                throw new InputException($"{sweep.Path}: this sweep has begun; `dnabart sweep resume` goes on with it");
            if (!content.State.IsOver)
                FinetuningSetting.CheckModels(content.State.Plan);
            var names = Slots(parseResult.GetValue(devices), parseResult.GetValue(slots));
            if (parseResult.GetValue(dryRun))
                return DryRun(sweep, content.State, names, cancellation);
            return await RunAsync(sweep, names, cancellation);
        });
        return command;
    }

    private static Command CreateReport()
    {
        var folder = Folder();
        var output = new Option<string?>("--out") { Description = "Where report.md, report.html, tables.csv and runs.csv go; DIR/report by default" };
        var command = new Command("report", "Tables II to VII of the paper with the sweep's figures and k-mer baselines") { folder, output };
        command.SetAction((parseResult, cancellation) =>
        {
            var sweep = new SweepFolder(parseResult.GetRequiredValue(folder));
            var report = sweep.Report(sweep.ReadState(), Console.Error.WriteLine, cancellation);
            foreach (var path in GueReportFiles.Write(report, parseResult.GetValue(output) ?? Path.Combine(sweep.Path, "report")))
                Console.WriteLine(path);
        });
        return command;
    }

    private static Command CreateTrial()
    {
        var folder = Folder();
        var trial = new Argument<string>("TRIAL");
        var device = new Option<string>("--device") { Required = true };
        var threads = new Option<int>("--threads") { Required = true };
        var trainTo = new Option<int?>("--train-to");
        var command = new Command("trial", "Run one trial; started by `sweep run`") { folder, trial, device, threads, trainTo };
        command.Hidden = true;
        command.SetAction((parseResult, cancellation) => TrialProcess.Run(
            new SweepFolder(parseResult.GetRequiredValue(folder)), parseResult.GetRequiredValue(trial), parseResult.GetRequiredValue(device),
            parseResult.GetRequiredValue(threads), parseResult.GetValue(trainTo), cancellation));
        return command;
    }

    private static ImmutableArray<string> Slots(string[]? devices, int perDevice)
    {
        if (devices is not { Length: > 0 })
            devices = Engine.Devices.ToList() is [_, .. { Count: > 0 } gpus] ? [.. gpus] : ["cpu"];
        devices = Array.ConvertAll(devices, Engine.Check);
        return [.. devices.SelectMany(device => DeviceSlots.Of(device, perDevice))];
    }

    private static int ThreadsOfTrial(ImmutableArray<string> slots) => Math.Max(1, Environment.ProcessorCount / slots.Length);

    private static async Task<int> RunAsync(SweepFolder sweep, ImmutableArray<string> slots, CancellationToken cancellation)
    {
        using var journal = SweepJournal.Open(sweep.Journal);
        using (var display = new SweepDisplay(SweepView.Of(journal.Content.State)))
        {
            var runner = new ProcessTrialRunner(sweep.Path, ThreadsOfTrial(slots), display.Show);
            await new LocalSweep(journal, runner, TimeProvider.System, state => display.Observe(SweepView.Of(state))).RunAsync(slots, cancellation);
        }
        return SweepDisplay.PrintEnd(SweepView.Of(sweep.ReadState()));
    }

    private static int DryRun(SweepFolder sweep, SweepState state, ImmutableArray<string> slots, CancellationToken cancellation)
    {
        Engine.Threads = ThreadsOfTrial(slots);
        var estimates = new Dictionary<(string, string), FinetuningEstimate>();
        var total = TimeSpan.Zero;
        Console.WriteLine("trial\tseconds");
        foreach (var trial in state.Trials.Where(trial => !trial.IsOver).Select(trial => trial.Spec))
        {
            cancellation.ThrowIfCancellationRequested();
            var key = (trial.Task, trial.Setting.Name);
            var setting = FinetuningSetting.Of(trial.Setting);
            var task = new FinetuningTask(new GueFolder(setting.Data), GueCatalogue.Find(trial.Task), (ulong)trial.Seed);
            var finetuner = new Finetuner(setting.Recipe, task, setting.Model, sweep.ResultOf(trial.Id), DeviceSlots.DeviceOf(slots[0]));
            if (!estimates.TryGetValue(key, out var estimate))
                estimates[key] = estimate = finetuner.Estimate();
            var left = estimate.After(finetuner.EpochsDone);
            total += left;
            Console.WriteLine($"{trial.Id}\t{left.TotalSeconds:F0}");
        }
        Console.Error.WriteLine($"about {Duration.Text(total / slots.Length)} on {slots.Length} {(slots.Length == 1 ? "slot" : "slots")}"
            + (state.Plan.Policy.Halving is null ? "" : ", less what early stopping saves"));
        return 0;
    }
}
