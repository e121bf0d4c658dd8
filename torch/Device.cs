namespace DnaBart.Torch;

/// <summary>libtorch's device types that DnaBart uses; the numbers are c10's.</summary>
public enum DeviceType : sbyte { CPU = 0, CUDA = 1 }

/// <summary>Where a tensor lives: <c>cpu</c>, or one GPU such as <c>cuda:0</c>.</summary>
/// <param name="Index">The GPU's number; -1 for the CPU.</param>
public readonly record struct Device(DeviceType Type, int Index)
{
    public static Device CPU => new(DeviceType.CPU, -1);

    /// <summary>Parses <c>cpu</c>, <c>cuda</c> (the first GPU) or <c>cuda:N</c>.</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static Device Parse(string text) => text switch
    {
        "cpu" => CPU,
        "cuda" => new Device(DeviceType.CUDA, 0),
        _ when text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(5), out var index) && index >= 0 =>
            new Device(DeviceType.CUDA, index),
        _ => throw new FormatException($"'{text}' is no device; expected cpu, cuda or cuda:N"),
    };

    public override string ToString() => Type == DeviceType.CPU ? "cpu" : $"cuda:{Index}";
}
