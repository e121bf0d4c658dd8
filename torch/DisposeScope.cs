namespace DnaBart.Torch;

/// <summary>Frees, when it is disposed, every tensor that was made on its thread since it was opened, but for those moved out
/// with <see cref="Tensor.MoveToOuterDisposeScope"/>. Scopes nest; as in TorchSharp, <c>torch.NewDisposeScope()</c> opens one.</summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic] private static DisposeScope? current;

    private readonly DisposeScope? outer;
    private readonly HashSet<Tensor> tensors = new(ReferenceEqualityComparer.Instance);

    internal DisposeScope()
    {
        outer = current;
        current = this;
    }

    /// <summary>Registers a new tensor with the innermost scope of this thread, which is returned; null where none is open.</summary>
    internal static DisposeScope? Register(Tensor tensor)
    {
        current?.tensors.Add(tensor);
        return current;
    }

    internal DisposeScope? MoveOut(Tensor tensor)
    {
        tensors.Remove(tensor);
        outer?.tensors.Add(tensor);
        return outer;
    }

    internal void Forget(Tensor tensor) => tensors.Remove(tensor);

    public void Dispose()
    {
        if (current != this)
            throw new InvalidOperationException("dispose scopes must be closed innermost first, on the thread that opened them");
        current = outer;
        foreach (var tensor in tensors.ToArray())
            tensor.Dispose();
    }
}
