namespace DnaBart.Torch;

public static partial class torch
{
    /// <summary>PyTorch's <c>torch.cuda</c>: devices and memory.</summary>
    public static class cuda
    {
        public static int device_count() => Native.dnabart_cuda_device_count();

        public static bool is_available() => device_count() > 0;

        /// <summary>Whether <see cref="nn.functional"/>'s joined operators have kernels of their own: the bridge was built with nvcc. Without, they are made of
        /// libtorch's operators.</summary>
        public static bool has_joined_kernels() => Native.dnabart_cuda_joined_kernels() != 0;

        /// <summary>Whether attention of short sequences has a kernel of its own too.</summary>
        public static bool has_short_attention() => Ops.short_attention.Exists;

        /// <summary>Whether the bridge can tell how much memory is held: it was built where the CUDA toolkit's headers are.</summary>
        public static bool reports_memory() => Native.dnabart_cuda_reports_memory() != 0;

        /// <summary>Bytes of device memory held by tensors.</summary>
        public static long memory_allocated(Device device)
        {
            Native.Check(Native.dnabart_cuda_memory_allocated(device.Index, out var bytes), "cuda.memory_allocated");
            return bytes;
        }
    }
}
