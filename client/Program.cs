using System.CommandLine;
using DnaBart.IO;
using DnaBart.Model;

namespace DnaBart.Client;

/// <summary>The <c>dnabart</c> command line. Exit codes: 0 done, 1 the command ran and its answer is "no" (a check that failed),
/// 2 bad input or usage, 130 interrupted.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        StandardError.Use();
        try
        {
            using var interruption = new Interruption();
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            var parsed = CommandLineRoot.Create().Parse(args);
            if (Usage.ErrorOf(parsed) is { } error)
                throw new InputException(error);
            return await parsed.InvokeAsync(configuration, interruption.Token);
        }
        catch (InputException e)
        {
            Console.Error.WriteLine($"dnabart: {e.Message}");
            return 2;
        }
        // A full disk, a pipe that the reader closed, a file that went away.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"dnabart: {e.Message.TrimEnd('.')}; nothing was left half written");
            return 2;
        }
        // Threads that work side by side throw theirs wrapped.
        catch (Exception e) when (e.GetBaseException() is OutOfMemoryException)
        {
            Console.Error.WriteLine("dnabart: out of memory; nothing was left half written"
                + (args is ["correct", ..] ? ". The k-mers of all reads are held in memory: correct fewer reads at a time, or on a machine with more memory" : ""));
            return 2;
        }
        // libtorch, or the bridge to it: it is gone or another one now, or has no memory left on a GPU.
        catch (Exception e) when (Engine.ProblemOf(e) is { } problem)
        {
            Console.Error.WriteLine($"dnabart: {problem}; nothing was left half written");
            return 2;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("dnabart: interrupted; nothing was left half written");
            return Interruption.ExitCode;
        }
    }
}
