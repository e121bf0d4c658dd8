using System.Runtime.InteropServices;

namespace DnaBart.Torch;

/// <summary>PyTorch's namespace <c>torch</c>: making tensors, modes, threads, random seeds. Names follow PyTorch and TorchSharp.</summary>
public static unsafe partial class torch
{
    /// <summary>The version of libtorch that the bridge was built against, such as <c>1.13.0</c>.</summary>
    public static string __version__ { get; } = Marshal.PtrToStringUTF8(Native.dnabart_torch_version())!;

    /// <summary>Tensor handles that are alive in this process, for leak tests and metrics.</summary>
    public static long LiveTensors => Native.dnabart_live_tensors();

    /// <summary>Opens a scope that frees the tensors made on this thread until it is disposed.</summary>
    public static DisposeScope NewDisposeScope() => new();

    /// <summary>Turns gradient recording off on this thread until the returned guard is disposed.</summary>
    public static IDisposable no_grad() => new GradModeGuard(false);

    /// <summary>Seeds libtorch's generators (dropout, initialization) on every device.</summary>
    public static void manual_seed(ulong seed) => Native.Check(Native.dnabart_manual_seed(seed), "manual_seed");

    /// <summary>Whether operators must use deterministic kernels, on every device: the same seed then gives the same numbers on one kind of GPU.
    /// An operator that has none fails.</summary>
    public static void use_deterministic_algorithms(bool mode) =>
        Native.Check(Native.dnabart_set_deterministic(mode ? 1 : 0), "use_deterministic_algorithms");

    public static int get_num_threads() => Native.dnabart_threads();

    /// <summary>Threads that one operator may use on the CPU, in libtorch's loops and in OpenBLAS.</summary>
    public static void set_num_threads(int threads) => Native.dnabart_set_threads(threads);

    /// <summary>Copies a span into a new tensor of the given shape, whose element type follows from <typeparamref name="T"/>.</summary>
    public static Tensor tensor<T>(ReadOnlySpan<T> values, params long[] shape) where T : unmanaged =>
        from_bytes(MemoryMarshal.AsBytes(values), TypeOf<T>(), shape);

    /// <inheritdoc cref="tensor{T}(ReadOnlySpan{T}, long[])"/>
    public static Tensor tensor<T>(T[] values, params long[] shape) where T : unmanaged => tensor((ReadOnlySpan<T>)values, shape);

    /// <summary>Copies raw row-major bytes into a new CPU tensor.</summary>
    /// <exception cref="ArgumentException">The bytes are not as many as type and shape say.</exception>
    public static Tensor from_bytes(ReadOnlySpan<byte> bytes, ScalarType type, params long[] shape)
    {
        var expected = shape.Aggregate((long)type.ElementSize(), (product, size) => product * size);
        if (expected != bytes.Length)
            throw new ArgumentException($"{type}[{string.Join(", ", shape)}] takes {expected} bytes, not {bytes.Length}");
        fixed (byte* data = bytes)
        fixed (long* sizes = shape)
        {
            Native.Check(Native.dnabart_tensor_from(data, sizes, shape.Length, type, out var handle), "tensor");
            return new Tensor(handle);
        }
    }

    public static Tensor empty(long[] shape, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        Ops.empty.Call(shape, dtype, default, device ?? Device.CPU);

    public static Tensor zeros(long[] shape, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        Ops.zeros.Call(shape, dtype, default, device ?? Device.CPU);

    public static Tensor ones(long[] shape) => Ops.ones.Call(shape, ScalarType.Float32, default, Device.CPU);

    public static Tensor full(long[] shape, double value, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        Ops.full.Call(shape, value, dtype, default, device ?? Device.CPU);

    /// <summary>The integers from <paramref name="start"/> up to but not including <paramref name="end"/>.</summary>
    public static Tensor arange(long start, long end, Device? device = null) =>
        Ops.arange.Call(start, end, ScalarType.Int64, default, device ?? Device.CPU);

    public static Tensor zeros_like(Tensor tensor) => zeros(tensor.shape, tensor.dtype, tensor.device);

    public static Tensor stack(Tensor[] tensors, long dimension) => Ops.stack.Call(tensors, dimension);

    /// <summary>The part of a matrix on and above the given diagonal; zeros below.</summary>
    public static Tensor triu(Tensor matrix, long diagonal) => Ops.triu.Call(matrix, diagonal);

    private static ScalarType TypeOf<T>() where T : unmanaged => default(T) switch
    {
        byte => ScalarType.Byte,
        bool => ScalarType.Bool,
        int => ScalarType.Int32,
        long => ScalarType.Int64,
        Half => ScalarType.Float16,
        float => ScalarType.Float32,
        double => ScalarType.Float64,
        _ => throw new NotSupportedException($"tensors do not hold {typeof(T).Name}"),
    };

    private sealed class GradModeGuard : IDisposable
    {
        private readonly int previous = Native.dnabart_grad_enabled();

        public GradModeGuard(bool enabled) => Native.dnabart_set_grad_enabled(enabled ? 1 : 0);

        public void Dispose() => Native.dnabart_set_grad_enabled(previous);
    }
}
