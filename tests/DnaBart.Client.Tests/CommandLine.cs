using System.Diagnostics;

namespace DnaBart.Client.Tests;

/// <summary>What a child process did.</summary>
internal sealed record ProcessResult(int ExitCode, string Output, string Error);

/// <summary>Runs the command line as a user does: in a process of its own.</summary>
internal static class CommandLine
{
    private static string DotNet { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>Runs <c>dnabart</c> with these arguments and an empty standard input.</summary>
    public static ProcessResult Run(params string[] arguments) => RunProcess(Start(arguments));

    /// <summary>How to start <c>dnabart</c> with these arguments, for a test that sets its environment or folder.</summary>
    /// <remarks>A shell that runs the tests in the background makes all its children ignore SIGINT; <c>env</c> undoes that, and then
    /// becomes the process.</remarks>
    public static ProcessStartInfo Start(params string[] arguments) =>
        new("env", ["--default-signal=INT", DotNet, Path.Combine(AppContext.BaseDirectory, "DnaBart.Client.dll"), .. arguments]);

    /// <summary>Runs a process to its end, both of its streams read at once so that neither can fill up and stall it.</summary>
    /// <param name="input">What the process reads from its standard input.</param>
    public static ProcessResult RunProcess(ProcessStartInfo start, string input = "")
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return new ProcessResult(process.ExitCode, output.Result, error.Result);
    }
}
