using System.Reflection;
using System.Runtime.InteropServices;

namespace DnaBart.Torch;

/// <summary>The functions of <c>native/bridge.cpp</c>, and where its library is found: the file named by
/// <c>DNABART_TORCH_BRIDGE</c>, beside this assembly, or in <c>build/native</c> of the checkout that this assembly was built in.</summary>
internal static unsafe partial class Native
{
    private const string Library = "dnabart_torch";
    private const string FileName = "libdnabart_torch.so";

    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != Library)
            return IntPtr.Zero;
        var path = BridgeCandidates().FirstOrDefault(File.Exists)
            ?? throw new DllNotFoundException($"{FileName} was not found; run ./dnabart once to build it, or name it in DNABART_TORCH_BRIDGE");
        return NativeLibrary.Load(path);
    }

    private static IEnumerable<string> BridgeCandidates()
    {
        if (Environment.GetEnvironmentVariable("DNABART_TORCH_BRIDGE") is { Length: > 0 } named)
        {
            yield return named;
            yield break;
        }
        yield return Path.Combine(AppContext.BaseDirectory, FileName);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "DnaBart.sln")))
                yield return Path.Combine(folder.FullName, "build", "native", FileName);
        }
    }

    /// <summary>Turns a bridge function's non-zero outcome into an exception that carries libtorch's message.</summary>
    internal static void Check(int outcome, string operation)
    {
        if (outcome != 0)
            throw new TorchException(operation, Marshal.PtrToStringUTF8(dnabart_last_error()) ?? "");
    }

    /// <summary>As <see cref="Check(int, string)"/>, of an operation on a tensor, which is described only where it failed.</summary>
    internal static void Check(int outcome, string operation, Tensor tensor)
    {
        if (outcome != 0)
            Check(outcome, $"{operation} of {tensor}");
    }

    [LibraryImport(Library)] private static partial IntPtr dnabart_last_error();
    [LibraryImport(Library)] internal static partial IntPtr dnabart_torch_version();
    [LibraryImport(Library)] internal static partial long dnabart_live_tensors();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int dnabart_op_exists(string name, string overload);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int dnabart_op_has_kernel(string name, string overload, int deviceType);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int dnabart_op_find(string name, string overload, out IntPtr op);

    [LibraryImport(Library)]
    internal static partial int dnabart_op_call(IntPtr op, NativeValue* arguments, int count, NativeValue* results, ref int resultCount);

    [LibraryImport(Library)]
    internal static partial int dnabart_tensor_from(void* data, long* sizes, int dimensions, ScalarType dtype, out IntPtr tensor);

    [LibraryImport(Library)] internal static partial int dnabart_tensor_read(IntPtr tensor, void* data, long bytes);
    [LibraryImport(Library)] internal static partial void dnabart_tensor_free(IntPtr tensor);
    [LibraryImport(Library)] internal static partial int dnabart_tensor_dimensions(IntPtr tensor);
    [LibraryImport(Library)] internal static partial long dnabart_tensor_size(IntPtr tensor, int dimension);
    [LibraryImport(Library)] internal static partial ScalarType dnabart_tensor_dtype(IntPtr tensor);
    [LibraryImport(Library)] internal static partial DeviceType dnabart_tensor_device_type(IntPtr tensor);
    [LibraryImport(Library)] internal static partial int dnabart_tensor_device_index(IntPtr tensor);
    [LibraryImport(Library)] internal static partial int dnabart_tensor_requires_grad(IntPtr tensor);
    [LibraryImport(Library)] internal static partial int dnabart_tensor_set_requires_grad(IntPtr tensor, int value);
    [LibraryImport(Library)] internal static partial int dnabart_tensor_grad(IntPtr tensor, out IntPtr grad);
    [LibraryImport(Library)] internal static partial int dnabart_tensor_set_grad(IntPtr tensor, IntPtr grad);
    [LibraryImport(Library)] internal static partial int dnabart_tensor_backward(IntPtr tensor);

    [LibraryImport(Library)] internal static partial int dnabart_grad_enabled();
    [LibraryImport(Library)] internal static partial void dnabart_set_grad_enabled(int enabled);
    [LibraryImport(Library)] internal static partial int dnabart_threads();
    [LibraryImport(Library)] internal static partial void dnabart_set_threads(int threads);
    [LibraryImport(Library)] internal static partial int dnabart_manual_seed(ulong seed);
    [LibraryImport(Library)] internal static partial int dnabart_set_deterministic(int enabled);

    [LibraryImport(Library)] internal static partial int dnabart_cuda_device_count();
    [LibraryImport(Library)] internal static partial int dnabart_cuda_joined_kernels();
    [LibraryImport(Library)] internal static partial int dnabart_cuda_reports_memory();
    [LibraryImport(Library)] internal static partial int dnabart_cuda_memory_allocated(int device, out long bytes);
}

/// <summary>The kinds of a boxed value, as the bridge's <c>Kind</c> counts them.</summary>
internal enum NativeKind { None, Tensor, Int, Double, Bool, IntList, TensorList, Device }

/// <summary>A boxed value on its way across the bridge; the layout is the bridge's <c>Value</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeValue
{
    public NativeKind Kind;
    private readonly int reserved;
    public long Payload;
    public long Length;
}
