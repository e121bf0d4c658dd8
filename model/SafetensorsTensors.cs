using DnaBart.Checkpoints;
using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>Torch tensors from and to safetensors files.</summary>
public static class SafetensorsTensors
{
    /// <summary>A tensor of the file, on the CPU.</summary>
    public static Tensor Read(SafetensorsFile file, TensorEntry entry) =>
        torch.from_bytes(file.Bytes(entry), TypeOf(entry.Dtype), [.. entry.Shape]);

    /// <summary>A tensor to be written.</summary>
    public static TensorSource Source(string name, Tensor tensor) => new(name, DtypeOf(tensor.dtype), tensor.shape, stream =>
    {
        var bytes = new byte[tensor.numel() * tensor.dtype.ElementSize()];
        tensor.copy_to(bytes);
        stream.Write(bytes);
    });

    private static ScalarType TypeOf(TensorDtype dtype) => dtype switch
    {
        TensorDtype.F64 => ScalarType.Float64,
        TensorDtype.F32 => ScalarType.Float32,
        TensorDtype.F16 => ScalarType.Float16,
        TensorDtype.BF16 => ScalarType.BFloat16,
        TensorDtype.I64 => ScalarType.Int64,
        TensorDtype.I32 => ScalarType.Int32,
        TensorDtype.U8 => ScalarType.Byte,
        _ => ScalarType.Bool,
    };

    private static TensorDtype DtypeOf(ScalarType type) => type switch
    {
        ScalarType.Float64 => TensorDtype.F64,
        ScalarType.Float32 => TensorDtype.F32,
        ScalarType.Float16 => TensorDtype.F16,
        ScalarType.BFloat16 => TensorDtype.BF16,
        ScalarType.Int64 => TensorDtype.I64,
        ScalarType.Int32 => TensorDtype.I32,
        ScalarType.Byte => TensorDtype.U8,
        _ => TensorDtype.BOOL,
    };
}
