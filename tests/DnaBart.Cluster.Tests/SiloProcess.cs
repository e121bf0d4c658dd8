using System.Diagnostics;
using System.Runtime.InteropServices;
using DnaBart.Client.Tests;

namespace DnaBart.Cluster.Tests;

/// <summary><c>dnabart serve --cluster</c> in a process of its own, on the loopback and free ports.</summary>
internal sealed class SiloProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process process;
    private readonly TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> log = [];

    private SiloProcess(ProcessStartInfo start)
    {
        start.RedirectStandardError = start.RedirectStandardOutput = true;
        process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) => Read(line.Data);
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException($"the silo ended with code {process.ExitCode}: {string.Join('\n', log)}"));
        process.EnableRaisingEvents = true;
    }

    /// <summary>Starts a silo and waits until it listens.</summary>
    /// <param name="isFirst">Of a development cluster, which finds its first silo by its ports; others take free ones.</param>
    public static async Task<SiloProcess> StartAsync(string cluster, bool isFirst, params string[] more)
    {
        string[] ports = isFirst ? [] : ["--silo-port", "0", "--gateway-port", "0"];
        var start = CommandLine.Start(
            ["serve", "--cluster", cluster, "--slots", "cpu", "--threads", "1", "--url", "http://127.0.0.1:0", "--advertise", "127.0.0.1", .. ports, .. more]);
        var silo = new SiloProcess(start);
        try
        {
            silo.Address = await silo.listening.Task.WaitAsync(Patience);
            return silo;
        }
        catch
        {
            silo.Dispose();
            throw;
        }
    }

    /// <summary>Its HTTP API.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>What it has printed so far.</summary>
    public string Output
    {
        get
        {
            lock (log)
                return string.Join('\n', log);
        }
    }

    public void Kill() => Signal(9);

    public void Freeze() => Signal(19);

    /// <summary>SIGTERM; waits for the end.</summary>
    public int Terminate()
    {
        Signal(15);
        Assert.True(process.WaitForExit(Patience));
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private void Read(string? line)
    {
        if (line is null)
            return;
        lock (log)
            log.Add(line);
        const string Mark = "listening on ";
        if (line.IndexOf(Mark, StringComparison.Ordinal) is >= 0 and var at)
            listening.TrySetResult(new Uri(line[(at + Mark.Length)..].Split(';', ',')[0]));
    }

    private void Signal(int signal) => Assert.Equal(0, Kill(process.Id, signal));

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
