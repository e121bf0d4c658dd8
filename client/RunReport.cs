using System.Diagnostics;
using System.Reflection;

namespace DnaBart.Client;

/// <summary>The facts that a long command's footer and JSON report end with.</summary>
internal sealed class RunReport
{
    private readonly Stopwatch watch = Stopwatch.StartNew();

    public static string Version { get; } =
        typeof(RunReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The command line as it could be typed again.</summary>
    public static string CommandLine { get; } =
        string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Prepend("dnabart").Select(Quote));

    public double Seconds => watch.Elapsed.TotalSeconds;

    public static long PeakMemoryBytes
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }

    private static string Quote(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsLetterOrDigit(c) || "-_./=:,+@%".Contains(c)) ? argument : $"'{argument.Replace("'", "'\\''")}'";
}
