using System.Collections.Immutable;
using System.Diagnostics;
using DnaBart.Finetuning;
using DnaBart.Gue;
using DnaBart.IO;
using DnaBart.Model;
using DnaBart.Model.Finetuning;
using DnaBart.Sweeps;

namespace DnaBart.Client.Sweeps;

/// <summary>The other side of <see cref="ProcessTrialRunner"/>: one trial, in a process of its own.</summary>
internal static class TrialProcess
{
    /// <summary>For the trial's process under a sweep that was killed to end too.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static void Run(SweepFolder folder, string id, string device, int threads, int? trainTo, CancellationToken cancellation)
    {
        EndWithParent();
        var trial = folder.ReadState().Plan.Trials.FirstOrDefault(spec => spec.Id == id) ?? throw new InputException($"{id}: no trial of this sweep");
        using var held = folder.Lock(id, Patience, cancellation);
        Engine.Threads = threads;
        var setting = FinetuningSetting.Of(trial.Setting);
        try
        {
            setting.CheckModel();
        }
        catch (InputException e)
        {
            Tell(new TrialBlocked(e.Message));
            return;
        }
        var task = new FinetuningTask(new GueFolder(setting.Data), GueCatalogue.Find(trial.Task), (ulong)trial.Seed);
        Directory.CreateDirectory(Path.GetDirectoryName(folder.ResultOf(id))!);
        var finetuner = new Finetuner(setting.Recipe, task, setting.Model, folder.ResultOf(id), device)
        {
            KeepModel = setting.KeepModel,
            Progress = p => Tell(new TrialProgress(p.Epoch, p.Epochs, p.EpochShare, p.Loss, p.Remaining.TotalSeconds)),
            EvaluationGetsOn = () => Tell(new TrialEvaluates()),
        };
        var (score, seconds, result) = finetuner.Run(trainTo, cancellation);
        var metrics = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        if (result is not null)
        {
            metrics["test_mcc"] = result.TestMcc;
            metrics["test_accuracy"] = result.TestAccuracy;
            metrics["test_macro_f1"] = result.TestMacroF1;
            metrics["best_epoch"] = result.BestEpoch;
            metrics["collapsed"] = result.Collapsed ? 1 : 0;
        }
        Tell(new TrialEnded(new TrialOutcome(score, metrics.ToImmutable(), seconds)));
    }

    private static void Tell(TrialMessage message) => Console.WriteLine(message.ToLine());

    /// <summary>Ends this process at once when the sweep's has gone, even by kill -9: only then does the pipe end. Nothing is lost, all
    /// files are whole or absent.</summary>
    private static void EndWithParent() => new Thread(() =>
    {
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
        }
        Process.GetCurrentProcess().Kill();
    })
    { IsBackground = true }.Start();
}
