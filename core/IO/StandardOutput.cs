using Microsoft.Win32.SafeHandles;

namespace DnaBart.IO;

/// <summary>Standard output, for data.</summary>
public static class StandardOutput
{
    private const int Descriptor = 1;

    /// <summary>Opens it, unbuffered. Where its reader has gone, a write fails.</summary>
    public static Stream Open()
    {
        // The console's own stream takes what is written to a closed pipe as written. A file's position is not this process's alone
        // ("{ dnabart ...; dnabart ...; } > out"), and FileStream would keep one of its own there.
        var output = new FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return output.CanSeek || !Console.IsOutputRedirected ? Console.OpenStandardOutput() : output;
    }
}
