using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace DnaBart.Fixtures;

/// <summary><c>dnabart serve</c> in a process of its own, on a free port of this machine; it ends with the object.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    /// <summary>The administration's, where the options give it an address.</summary>
    public const string Token = "a token of the tests";

    /// <summary>A busy machine takes its time to load libtorch.</summary>
    private static readonly TimeSpan TimeToStart = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly StringBuilder log = new();
    private readonly TaskCompletionSource<Match> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="client">The path of <c>DnaBart.Client.dll</c>.</param>
    /// <param name="options">What follows <c>serve --url http://127.0.0.1:0</c>.</param>
    public ServerProcess(string client, params string[] options)
        : this(client, new Dictionary<string, string?>(), options)
    {
    }

    /// <inheritdoc cref="ServerProcess(string, string[])"/>
    /// <param name="environment">What its environment has beside that of this process.</param>
    public ServerProcess(string client, IReadOnlyDictionary<string, string?> environment, params string[] options)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(dotnet, [client, "serve", "--url", "http://127.0.0.1:0", .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DNABART_ADMIN_TOKEN"] = Token },
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Log(line.Data);
        process.ErrorDataReceived += (_, line) => Log(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _ = process.WaitForExitAsync().ContinueWith(_ => listening.TrySetException(new InvalidOperationException($"the server ended: {Output}")), TaskScheduler.Default);
        try
        {
            var addresses = listening.Task.WaitAsync(TimeToStart).GetAwaiter().GetResult().Groups;
            (Url, AdminUrl) = (addresses[1].Value, addresses[2].Value);
        }
        catch
        {
            Dispose();
            throw;
        }
        // A request that asks before it sends its body waits for the answer.
        Http = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeToStart }) { BaseAddress = new Uri(Url), Timeout = Timeout.InfiniteTimeSpan };
    }

    public string Url { get; }

    /// <summary>The administration's; empty where there is none.</summary>
    public string AdminUrl { get; }

    public HttpClient Http { get; } = null!;

    /// <summary>What it has printed.</summary>
    public string Output
    {
        get
        {
            lock (log)
                return log.ToString();
        }
    }

    /// <summary>Processor time used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <inheritdoc cref="Signals.Send"/>
    public bool Send(Signal signal) => process.Send(signal);

    /// <summary>Waits for its end.</summary>
    /// <exception cref="TimeoutException">It goes on.</exception>
    public async Task<int> ExitCodeAsync(TimeSpan longest)
    {
        await process.WaitForExitAsync().WaitAsync(longest);
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
        Http?.Dispose();
    }

    private void Log(string? line)
    {
        if (line is null)
            return;
        lock (log)
            log.AppendLine(line);
        if (Addresses().Match(line) is { Success: true } address)
            listening.TrySetResult(address);
    }

    [GeneratedRegex(@"listening on (http://127\.0\.0\.1:\d+)/?(?:, (http://127\.0\.0\.1:\d+))?")]
    private static partial Regex Addresses();
}
