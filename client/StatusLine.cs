using System.Diagnostics;

namespace DnaBart.Client;

/// <summary>A line on standard error that says where a long command stands. On a terminal it is rewritten in place; elsewhere (a log file) it
/// is printed now and then.</summary>
internal sealed class StatusLine : IDisposable
{
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(15);
    private readonly bool inPlace = !Console.IsErrorRedirected;
    private readonly Stopwatch sinceLast = new();

    /// <summary>Shows the state; on a log, only if the last one was printed a while ago.</summary>
    public void Show(string text)
    {
        if (inPlace)
            Console.Error.Write($"\r{text}\e[K");
        else if (!sinceLast.IsRunning || sinceLast.Elapsed > LogInterval)
        {
            Console.Error.WriteLine(text);
            sinceLast.Restart();
        }
    }

    /// <summary>Prints a line that stays.</summary>
    public void Print(string text) => Console.Error.WriteLine(inPlace ? $"\r{text}\e[K" : text);

    /// <summary>Leaves the last state on the screen.</summary>
    public void Dispose()
    {
        if (inPlace)
            Console.Error.WriteLine();
    }
}
