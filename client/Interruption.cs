using System.Runtime.InteropServices;

namespace DnaBart.Client;

/// <summary>Turns the first Ctrl-C, SIGTERM or SIGHUP (the terminal has gone) into a cancellation. Further ones change nothing (<c>timeout</c> sends its signal to a process and to
/// its group, so that it comes twice); a command that does not end in time is ended.</summary>
/// <remarks>System.CommandLine 2.0's own handler throws on a second signal, and a checkpoint being saved is lost.</remarks>
internal sealed class Interruption : IDisposable
{
    /// <summary>The exit code of a command that was interrupted.</summary>
    public const int ExitCode = 130;

    /// <summary>What a command may take to stop, such as saving a checkpoint; within Kubernetes' default of 30 s.</summary>
    public static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(25);

    private readonly CancellationTokenSource source = new();
    private readonly Timer deadline = new(_ => Environment.Exit(ExitCode));
    private readonly PosixSignalRegistration[] registrations;

    public Interruption() => registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Stop))];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        deadline.Dispose();
        source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        // The process stays until the command has ended.
        context.Cancel = true;
        if (source.IsCancellationRequested)
            return;
        deadline.Change(TimeToStop, Timeout.InfiniteTimeSpan);
        source.Cancel();
    }
}
