using DnaBart.Correction;
using Spectre.Console;

namespace DnaBart.Client;

/// <summary>How far a correction is, on standard error.</summary>
internal static class CorrectionProgress
{
    /// <summary>Runs the correction with a bar on standard error, where that is a terminal.</summary>
    /// <param name="correct">Is given what to call after each read.</param>
    public static CorrectionSummary Show(ReadInput input, Func<Action, CorrectionSummary> correct)
    {
        if (Console.IsErrorRedirected)
            return correct(() => { });
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var bar = context.AddTask("correcting").IsIndeterminate();
                return correct(() =>
                {
                    bar.Increment(1);
                    if (input.EstimatedTotal is not { } total)
                        return;
                    bar.IsIndeterminate = false;
                    bar.MaxValue = total;
                });
            });
    }
}
