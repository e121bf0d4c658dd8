using System.Runtime.InteropServices;

namespace DnaBart.IO;

/// <summary>What paths lead to.</summary>
public static class Paths
{
    private const int MostLinks = 40;

    private static readonly StringComparison Comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>Whether two paths lead to the same file, existing or not.</summary>
    /// <exception cref="InputException">Symbolic links form a loop, or a path is empty.</exception>
    public static bool AreSame(string path1, string path2) => string.Equals(Resolve(path1), Resolve(path2), Comparison);

    /// <summary>The absolute path without symbolic links, those of its folders included; of a file that exists or does not.</summary>
    /// <exception cref="InputException">Symbolic links form a loop, or a path is empty.</exception>
    public static string Resolve(string path) => Resolve(path, 0);

    /// <summary>Whether a path leads to a device, a pipe or a socket (<c>/dev/null</c>, a named pipe, <c>/dev/stdout</c> of a pipeline): what can only be read or
    /// written from its beginning to its end, and must not be replaced by a file.</summary>
    /// <exception cref="InputException">The path is empty.</exception>
    public static bool IsSpecial(string path)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        var status = new byte[Statx.Bytes];
        if (statx(Statx.CurrentFolder, Full(path), flags: 0, Statx.Type, status) != 0)
            return false;
        var type = BitConverter.ToUInt16(status, Statx.ModeOffset) & Statx.TypeMask;
        return type is not (Statx.RegularFile or Statx.Directory);
    }

    /// <summary>The absolute path, by its letters alone.</summary>
    /// <exception cref="InputException">The path is empty.</exception>
    public static string Full(string path) => path == "" ? throw new InputException("an empty path; is a variable unset?") : Path.GetFullPath(path);

    private static string Resolve(string path, int links)
    {
        if (links > MostLinks)
            throw new InputException($"{path}: too many symbolic links; do they form a loop?");
        var full = Full(path);
        if (Path.GetDirectoryName(full) is not { } folder)
            return full;
        folder = Resolve(folder, links);
        var resolved = Path.Combine(folder, Path.GetFileName(full));
        return new FileInfo(resolved).LinkTarget is { } target ? Resolve(Path.Combine(folder, target), links + 1) : resolved;
    }

    /// <summary>Numbers of statx(2), the same on all of Linux's architectures; .NET 10 does not tell devices from files.</summary>
    private static class Statx
    {
        public const int CurrentFolder = -100, Bytes = 256, ModeOffset = 28;
        public const uint Type = 1;
        public const int TypeMask = 0xF000, RegularFile = 0x8000, Directory = 0x4000;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] status);
}
