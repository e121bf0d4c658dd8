using System.Runtime.InteropServices;

namespace DnaBart.Torch;

/// <summary>A libtorch tensor. It belongs to the innermost <see cref="DisposeScope"/> of the thread that made it, or else to
/// whoever disposes it; the finalizer is only a safety net. Names follow PyTorch.</summary>
public sealed unsafe partial class Tensor : IDisposable
{
    private IntPtr handle;
    private DisposeScope? scope;

    /// <summary>This parameter in the type that is computed in, while <see cref="torch.nn.WorkingCopies"/> says so.</summary>
    internal Tensor? working;

    internal Tensor(IntPtr handle)
    {
        this.handle = handle;
        scope = DisposeScope.Register(this);
    }

    ~Tensor()
    {
        if (handle != IntPtr.Zero)
            Native.dnabart_tensor_free(handle);
    }

    internal IntPtr Handle => handle != IntPtr.Zero ? handle : throw new ObjectDisposedException(nameof(Tensor));

    public int dim() => Native.dnabart_tensor_dimensions(Handle);

    /// <summary>The size of a dimension; negative ones count from the last.</summary>
    public long size(int dimension) => Native.dnabart_tensor_size(Handle, dimension < 0 ? dimension + dim() : dimension);

    public long[] shape
    {
        get
        {
            var sizes = new long[dim()];
            for (var i = 0; i < sizes.Length; i++)
                sizes[i] = Native.dnabart_tensor_size(Handle, i);
            return sizes;
        }
    }

    /// <summary>The number of elements.</summary>
    public long numel() => shape.Aggregate(1L, (product, size) => product * size);

    public ScalarType dtype => Native.dnabart_tensor_dtype(Handle);

    public Device device => new(Native.dnabart_tensor_device_type(Handle), Native.dnabart_tensor_device_index(Handle));

    public bool requires_grad
    {
        get => Native.dnabart_tensor_requires_grad(Handle) != 0;
        set => Native.Check(Native.dnabart_tensor_set_requires_grad(Handle, value ? 1 : 0), "requires_grad", this);
    }

    /// <summary>The gradient that <see cref="backward"/> left on this leaf; null where there is none. A new handle each time.</summary>
    public Tensor? grad
    {
        get
        {
            Native.Check(Native.dnabart_tensor_grad(Handle, out var gradient), "grad", this);
            return gradient == IntPtr.Zero ? null : new Tensor(gradient);
        }
        set => Native.Check(Native.dnabart_tensor_set_grad(Handle, value?.Handle ?? IntPtr.Zero), "grad", this);
    }

    /// <summary>Computes the gradients of this scalar with respect to the leaves it came from, adding to what they hold.</summary>
    public void backward() => Native.Check(Native.dnabart_tensor_backward(Handle), "backward", this);

    /// <summary>Copies the elements out in row-major order, from any device. The element type must match the tensor's.</summary>
    /// <exception cref="InvalidOperationException"><typeparamref name="T"/> does not match <see cref="dtype"/>.</exception>
    public T[] data<T>() where T : unmanaged
    {
        RequireElement<T>(dtype);
        var values = new T[numel()];
        copy_to(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Copies the raw bytes of the elements out in row-major order, from any device.</summary>
    public void copy_to(Span<byte> destination)
    {
        fixed (byte* pointer = destination)
        {
            var outcome = Native.dnabart_tensor_read(Handle, pointer, destination.Length);
            if (outcome != 0)
                Native.Check(outcome, $"copy of {this} into {destination.Length} bytes");
        }
    }

    /// <summary>The only element of a tensor, as a double.</summary>
    public double item()
    {
        using var scalar = to(ScalarType.Float64);
        return scalar.data<double>()[0];
    }

    /// <summary>Puts this tensor's elements on another device or in another type, keeping the object; its gradient is dropped.</summary>
    internal void move_(Device target, ScalarType type)
    {
        using var scope = torch.NewDisposeScope();
        var moved = to(target, type).detach().clone();
        moved.requires_grad = requires_grad;
        (handle, moved.handle) = (moved.handle, handle);
    }

    /// <summary>Hands this tensor to the scope around the one that owns it, or to the caller if there is none.</summary>
    public Tensor MoveToOuterDisposeScope()
    {
        scope = scope?.MoveOut(this);
        return this;
    }

    /// <summary>Takes this tensor out of all scopes: the caller disposes it (parameters, optimizer state, caches).</summary>
    public Tensor DetachFromDisposeScope()
    {
        scope?.Forget(this);
        scope = null;
        return this;
    }

    public void Dispose()
    {
        if (handle == IntPtr.Zero)
            return;
        scope?.Forget(this);
        Native.dnabart_tensor_free(handle);
        handle = IntPtr.Zero;
        GC.SuppressFinalize(this);
    }

    public override string ToString() =>
        handle == IntPtr.Zero ? "disposed tensor" : $"{dtype.ToString().ToLowerInvariant()}[{string.Join(", ", shape)}]";

    internal static void RequireElement<T>(ScalarType type) where T : unmanaged
    {
        var matches = type switch
        {
            ScalarType.Byte => typeof(T) == typeof(byte),
            ScalarType.Bool => typeof(T) == typeof(bool) || typeof(T) == typeof(byte),
            ScalarType.Int32 => typeof(T) == typeof(int),
            ScalarType.Int64 => typeof(T) == typeof(long),
            ScalarType.Float16 => typeof(T) == typeof(Half),
            ScalarType.Float32 => typeof(T) == typeof(float),
            ScalarType.Float64 => typeof(T) == typeof(double),
            _ => false,
        };
        if (!matches)
            throw new InvalidOperationException($"a tensor of {type} does not hold {typeof(T).Name}");
    }
}
