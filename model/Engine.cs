using System.Diagnostics;
using DnaBart.IO;
using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>The libtorch that models run on, described for people. Each member but <see cref="ProblemOf"/> loads libtorch.</summary>
/// <exception cref="DllNotFoundException">The bridge or libtorch was not found; the loader's message names the file.</exception>
public static class Engine
{
    /// <summary>The version of libtorch, such as <c>1.13.0</c>.</summary>
    public static string Version => torch.__version__;

    /// <summary>The path of the library in use. The bridge may find another than the one it was built against.</summary>
    public static string Library
    {
        get
        {
            _ = Version;
            using var process = Process.GetCurrentProcess();
            return process.Modules.Cast<ProcessModule>().First(module => module.ModuleName.StartsWith("libtorch_cpu", StringComparison.Ordinal)).FileName;
        }
    }

    /// <summary>The names of the devices that models can run on: <c>cpu</c>, then the GPUs.</summary>
    public static IEnumerable<string> Devices =>
        [$"{Device.CPU}", .. Enumerable.Range(0, torch.cuda.device_count()).Select(index => $"{new Device(DeviceType.CUDA, index)}")];

    /// <summary>The device of a name such as <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>; without one, the first GPU, or the CPU where there is none.</summary>
    /// <exception cref="InputException">There is no such device.</exception>
    public static Device Choose(string? name)
    {
        var devices = Devices.ToArray();
        var wanted = name switch { null => devices.ElementAtOrDefault(1) ?? "cpu", "cuda" => "cuda:0", _ => name };
        return devices.Contains(wanted)
            ? Device.Parse(wanted)
            : throw new InputException($"device {name}: there is none; this machine has {string.Join(", ", devices)}");
    }

    /// <summary>The name of the device that <see cref="Choose"/> gives.</summary>
    /// <exception cref="InputException">There is no such device.</exception>
    public static string Check(string? name) => $"{Choose(name)}";

    /// <summary>Threads that one operator uses on the CPU.</summary>
    public static int Threads
    {
        get => torch.get_num_threads();
        set => torch.set_num_threads(value);
    }

    /// <summary>What an exception says of libtorch, or of the bridge to it, in a line; null where it is of something else.</summary>
    public static string? ProblemOf(Exception exception) => exception.GetBaseException() switch
    {
        DllNotFoundException missing => $"{missing.Message} (./dnabart setup builds anew)",
        TorchException failed => failed.Message.Split('\n')[0],
        _ => null,
    };

    /// <summary>Which of the bridge's own kernels GPUs run, in words.</summary>
    public static string Kernels =>
        (torch.cuda.has_joined_kernels(), torch.cuda.has_short_attention()) switch
        {
            (false, _) => "libtorch's alone: the bridge was built without nvcc",
            (true, false) => "joined",
            (true, true) => "joined, and attention of short sequences",
        };

    /// <summary>Tensors alive.</summary>
    public static long LiveTensors => torch.LiveTensors;

    /// <summary>Bytes of memory held by tensors, for each GPU; nothing where the bridge cannot tell.</summary>
    public static IEnumerable<(string Device, long Bytes)> DeviceMemory => Enumerable.Range(0, torch.cuda.reports_memory() ? torch.cuda.device_count() : 0)
        .Select(index => new Device(DeviceType.CUDA, index)).Select(device => ($"{device}", torch.cuda.memory_allocated(device)));
}
