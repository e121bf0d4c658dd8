namespace DnaBart.Torch;

// The operators of PyTorch's Tensor that DnaBart uses, under their PyTorch names.
public sealed partial class Tensor
{
    public static Tensor operator +(Tensor a, Tensor b) => Ops.add.Call(a, b);
    public static Tensor operator +(Tensor a, double b) => Ops.add_scalar.Call(a, b);
    public static Tensor operator *(Tensor a, Tensor b) => Ops.mul.Call(a, b);
    public static Tensor operator *(Tensor a, double b) => Ops.mul_scalar.Call(a, b);
    public static Tensor operator /(Tensor a, Tensor b) => Ops.div.Call(a, b);

    public Tensor add_(Tensor other, double alpha = 1) => InPlace(Ops.add_, this, other, alpha);
    public Tensor mul_(Tensor other) => InPlace(Ops.mul_, this, other);
    public Tensor mul_(double factor) => InPlace(Ops.mul_scalar_, this, factor);
    public Tensor copy_(Tensor source) => InPlace(Ops.copy_, this, source);
    public Tensor masked_fill_(Tensor mask, double value) => InPlace(Ops.masked_fill_, this, mask, value);
    public Tensor zero_() => InPlace(Ops.zero_, this);
    public Tensor normal_(double mean, double std) => InPlace(Ops.normal_, this, mean, std);
    public Tensor uniform_(double from, double to) => InPlace(Ops.uniform_, this, from, to);

    public Tensor matmul(Tensor other) => Ops.matmul.Call(this, other);
    public Tensor view(params long[] sizes) => Ops.view.Call(this, sizes);
    public Tensor reshape(params long[] sizes) => Ops.reshape.Call(this, sizes);
    public Tensor transpose(long a, long b) => Ops.transpose.Call(this, a, b);
    public Tensor unsqueeze(long dimension) => Ops.unsqueeze.Call(this, dimension);
    public Tensor squeeze(long dimension) => Ops.squeeze.Call(this, dimension);
    public Tensor contiguous() => Ops.contiguous.Call(this);
    public Tensor clone() => Ops.clone.Call(this);
    public Tensor detach() => Ops.detach.Call(this);

    /// <summary>A view of <paramref name="length"/> items of a dimension, from <paramref name="start"/> on.</summary>
    public Tensor narrow(long dimension, long start, long length) => Ops.narrow.Call(this, dimension, start, length);

    /// <summary>A view with one dimension fixed at <paramref name="index"/> and dropped.</summary>
    public Tensor select(long dimension, long index) => Ops.select.Call(this, dimension, index);

    public Tensor index_select(long dimension, Tensor index) => Ops.index_select.Call(this, dimension, index);
    public Tensor gather(long dimension, Tensor index) => Ops.gather.Call(this, dimension, index);

    public Tensor eq(double value) => Ops.eq_scalar.Call(this, value);
    public Tensor ne(double value) => Ops.ne_scalar.Call(this, value);

    public Tensor sum() => Ops.sum.Call(this);
    public Tensor sum(long dimension) => Ops.sum_dim.Call(this, new[] { dimension });
    public Tensor mean(long dimension) => Ops.mean_dim.Call(this, new[] { dimension });
    public Tensor norm() => Ops.norm.Call(this);
    public Tensor argmax(long dimension) => Ops.argmax.Call(this, dimension);
    public (Tensor Values, Tensor Indices) max(long dimension) => Ops.max_dim.CallForTwo(this, dimension);
    public (Tensor Values, Tensor Indices) topk(long k, long dimension = -1) => Ops.topk.CallForTwo(this, k, dimension);
    public Tensor clamp_max(double maximum) => Ops.clamp_max.Call(this, maximum);

    /// <summary>The elements in another type; the same tensor, under a new handle, where the type is right already.</summary>
    public Tensor to(ScalarType type) => Ops.to_dtype.Call(this, type);

    /// <summary>As <see cref="to(ScalarType)"/>, but this very object where the type is right already, and the working copy of a parameter that has one
    /// (<see cref="torch.nn.WorkingCopies"/>): no call of libtorch.</summary>
    public Tensor As(ScalarType type) => dtype == type ? this : working is { } copy && copy.dtype == type ? copy : to(type);

    /// <summary>The elements on another device (and in another type); the same tensor where both are right already.</summary>
    /// <param name="non_blocking">Does not wait for the copy. From the CPU that takes pinned memory (<see cref="pin_memory"/>).</param>
    public Tensor to(Device target, ScalarType? type = null, bool non_blocking = false) =>
        Ops.to_device.Call(this, target, type ?? dtype, non_blocking);

    /// <summary>The elements in host memory that a GPU reads by itself; libtorch keeps it until such a copy is done.</summary>
    public Tensor pin_memory() => Ops.pin_memory.Call(this);

    private static Tensor InPlace(Operator op, Tensor self, params ReadOnlySpan<Argument> others)
    {
        Span<Argument> arguments = [self, .. others];
        op.Run(arguments);
        return self;
    }
}
