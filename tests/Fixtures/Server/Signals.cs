using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DnaBart.Fixtures;

/// <summary>A signal by its number on Linux.</summary>
internal enum Signal
{
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
    Stop = 19,
}

/// <summary>Signals to processes that were started here.</summary>
internal static class Signals
{
    /// <returns>Whether the process is there to be sent it.</returns>
    public static bool Send(this Process process, Signal signal) => Kill(process.Id, (int)signal) == 0;

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
