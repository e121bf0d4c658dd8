namespace DnaBart.Torch;

public static partial class torch
{
    /// <summary>PyTorch's <c>torch.cuda</c>: devices, streams and memory.</summary>
    public static class cuda
    {
        public static int device_count() => Native.dnabart_cuda_device_count();

        public static bool is_available() => device_count() > 0;

        /// <summary>Waits until the current stream of this thread on a device has done its work.</summary>
        public static void synchronize(Device device) => Native.Check(Native.dnabart_cuda_synchronize(device.Index), "cuda.synchronize");

        /// <summary>Makes a stream of libtorch's pool current on this thread until the returned guard is disposed.</summary>
        public static IDisposable stream(Device device) => new StreamGuard(device);

        /// <summary>Whether <see cref="nn.functional.add_norm"/> and <see cref="nn.functional.gelu_dropout"/> have kernels of their own: the bridge was built
        /// with nvcc. Without, they are made of libtorch's operators.</summary>
        public static bool has_joined_kernels() => Native.dnabart_cuda_joined_kernels() != 0;

        /// <summary>Whether the bridge can tell how much memory is held: it was built where the CUDA toolkit's headers are.</summary>
        public static bool reports_memory() => Native.dnabart_cuda_reports_memory() != 0;

        /// <summary>Bytes of device memory held by tensors.</summary>
        public static long memory_allocated(Device device) => Memory(device).Now;

        /// <summary>The most bytes of device memory held by tensors so far.</summary>
        public static long max_memory_allocated(Device device) => Memory(device).Peak;

        private static (long Now, long Peak) Memory(Device device)
        {
            Native.Check(Native.dnabart_cuda_memory(device.Index, out var now, out var peak), "cuda.memory");
            return (now, peak);
        }

        private sealed class StreamGuard : IDisposable
        {
            private readonly IntPtr previous;

            public StreamGuard(Device device) => Native.Check(Native.dnabart_cuda_enter_stream(device.Index, out previous), "cuda.stream");

            public void Dispose() => Native.Check(Native.dnabart_cuda_leave_stream(previous), "cuda.stream");
        }
    }
}
