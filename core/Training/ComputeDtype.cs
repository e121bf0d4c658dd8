using DnaBart.IO;

namespace DnaBart.Training;

/// <summary>The floating-point type that the network computes in. Weights and optimizer state stay in float32.</summary>
public enum ComputeDtype
{
    Float32,
    BFloat16,
}

internal static class ComputeDtypes
{
    /// <summary>The key <c>dtype</c> of a recipe.</summary>
    public static ComputeDtype Read(StrictJsonObject json) =>
        json.Choice("dtype", ["float32", "bfloat16"], "float32") == "float32" ? ComputeDtype.Float32 : ComputeDtype.BFloat16;
}
