using System.CommandLine;
using DnaBart.IO;

namespace DnaBart.Client;

/// <summary>The <c>dnabart</c> command line. Exit codes: 0 done, 1 the command ran and its answer is "no" (a check that failed),
/// 2 bad input or usage, 130 interrupted.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        try
        {
            using var interruption = new Interruption();
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            var parsed = CommandLineRoot.Create().Parse(args);
            var exitCode = await parsed.InvokeAsync(configuration, interruption.Token);
            return parsed.Errors.Count > 0 ? 2 : exitCode;
        }
        catch (InputException e)
        {
            Console.Error.WriteLine($"dnabart: {e.Message}");
            return 2;
        }
        // A full disk, a pipe that the reader closed, a file that went away.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"dnabart: {e.Message}; nothing was left half written");
            return 2;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("dnabart: interrupted; nothing was left half written");
            return Interruption.ExitCode;
        }
    }
}
