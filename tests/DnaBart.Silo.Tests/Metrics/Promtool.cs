using System.Diagnostics;

namespace DnaBart.Silo.Tests.Metrics;

/// <summary>Prometheus' own checker (Debian's package <c>prometheus</c>); tests that need it are skipped, by name, where it is absent.</summary>
internal static class Promtool
{
    private const int Done = 0, AgainstConventions = 3;

    private static readonly string[] Others = ["dotnet_", "orleans_"];

    /// <summary>Fails on what Prometheus could not read, and on names and types against its conventions. What .NET's runtime
    /// (<c>dotnet_timer_count</c>, a gauge) and Orleans chose is not ours to mend.</summary>
    public static async Task CheckMetricsAsync(string metrics)
    {
        var (exitCode, said) = await RunAsync(metrics, "check", "metrics");

        Assert.True(exitCode is Done or AgainstConventions, said);
        Assert.DoesNotContain(said.Split('\n'), line => line.Length > 0 && !Others.Any(other => line.StartsWith(other, StringComparison.Ordinal)));
    }

    /// <summary>Fails on a rule file with wrong keys or expressions.</summary>
    public static async Task CheckRulesAsync(string path)
    {
        var (exitCode, said) = await RunAsync("", "check", "rules", path);

        Assert.True(exitCode == Done, said);
    }

    private static async Task<(int ExitCode, string Said)> RunAsync(string input, params string[] arguments)
    {
        var program = InstalledProgram.Require("promtool", "prometheus");
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(await said));
    }
}
