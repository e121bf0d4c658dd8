namespace DnaBart.Checkpoints;

/// <summary>Element types of a safetensors file, named as in its header
/// (https://github.com/huggingface/safetensors, "Format"). Only the types that libtorch tensors of this project use.</summary>
public enum TensorDtype
{
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    U8,
    BOOL,
}

public static class TensorDtypes
{
    /// <summary>Bytes an element.</summary>
    public static int Size(this TensorDtype dtype) => dtype switch
    {
        TensorDtype.F64 or TensorDtype.I64 => 8,
        TensorDtype.F32 or TensorDtype.I32 => 4,
        TensorDtype.F16 or TensorDtype.BF16 => 2,
        _ => 1,
    };
}
