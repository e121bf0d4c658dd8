namespace DnaBart.Torch;

/// <summary>A C++ error of libtorch, with the operation and the shapes it was called with.</summary>
public sealed class TorchException : Exception
{
    internal TorchException(string operation, string message) : base($"{operation}: {message}") => Operation = operation;

    /// <summary>The operator and its arguments, such as <c>aten::matmul(float32[2, 3], float32[4, 5])</c>.</summary>
    public string Operation { get; }
}
