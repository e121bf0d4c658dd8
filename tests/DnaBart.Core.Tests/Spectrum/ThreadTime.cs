using System.Runtime.InteropServices;

namespace DnaBart.Core.Tests.Spectrum;

/// <summary>Processor time that a thread has used: a busy machine adds next to nothing to it.</summary>
internal static class ThreadTime
{
    private const int OfThisThread = 3;

    /// <summary>Of this thread, so far.</summary>
    public static TimeSpan Now
    {
        get
        {
            Assert.Equal(0, GetTime(OfThisThread, out var time));
            return TimeSpan.FromSeconds(time.Seconds + (time.Nanoseconds / 1e9));
        }
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int GetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
