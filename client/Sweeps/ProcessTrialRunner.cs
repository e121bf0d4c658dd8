using System.Diagnostics;
using System.Globalization;
using DnaBart.Finetuning;
using DnaBart.IO;
using DnaBart.Serving;
using DnaBart.Sweeps;

namespace DnaBart.Client.Sweeps;

/// <summary>Runs each trial in a process of its own: trials share no random generator, a crash or a full GPU takes one trial only, and
/// its memory is all given back. The process ends when this one does, however that ends: it watches the pipe to its standard input.</summary>
/// <param name="folder">The sweep's folder.</param>
/// <param name="threads">CPU threads of each trial.</param>
/// <param name="progress">Told how trials get on.</param>
internal sealed class ProcessTrialRunner(string folder, int threads, Action<string, TrialProgress> progress) : ITrialRunner
{
    /// <summary>For a process that was killed to be gone.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task<TrialOutcome> RunAsync(StartRung rung, Action heartbeat, CancellationToken cancellationToken)
    {
        using var process = Process.Start(Command(rung))!;
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        TrialOutcome? outcome = null;
        string? blocked = null;
        using (cancellationToken.Register(process.Kill))
        {
            while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
            {
                heartbeat();
                switch (TrialMessage.Parse(line))
                {
                    case TrialProgress message:
                        progress(rung.Trial.Id, message);
                        break;
                    case TrialBlocked message:
                        blocked = message.Reason;
                        break;
                    case TrialEnded ended:
                        outcome = ended.Outcome;
                        break;
                }
            }
            await process.WaitForExitAsync(CancellationToken.None);
        }
        cancellationToken.ThrowIfCancellationRequested();
        return process.ExitCode switch
        {
            0 when outcome is not null => outcome,
            0 when blocked is not null => throw new TrialBlockedException(blocked),
            // Ctrl-C in a terminal reaches all processes, perhaps this one last.
            Interruption.ExitCode => throw new TrialPreemptedException("interrupted"),
            var code => throw new InputException(LastLine(await errors) ?? $"its process ended with code {code}"),
        };
    }

    public void Discard(string trial)
    {
        try
        {
            new SweepFolder(folder).DeleteCheckpoints(trial, Patience);
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            // It costs room on the disk, and nothing else.
        }
    }

    private ProcessStartInfo Command(StartRung rung)
    {
        List<string> arguments =
        [
            "sweep", "trial", folder, rung.Trial.Id, "--device", DeviceSlots.DeviceOf(rung.Slot), "--threads", threads.ToString(CultureInfo.InvariantCulture),
        ];
        if (rung.TrainTo is { } epochs)
            arguments.AddRange(["--train-to", epochs.ToString(CultureInfo.InvariantCulture)]);
        // Started by `dotnet DnaBart.Client.dll`, or as a program of its own.
        var program = Environment.ProcessPath!;
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            arguments.Insert(0, Environment.GetCommandLineArgs()[0]);
        return new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
    }

    private static string? LastLine(string errors) => errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
}
