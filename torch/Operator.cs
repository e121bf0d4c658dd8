using System.Runtime.CompilerServices;

namespace DnaBart.Torch;

/// <summary>An argument of an operator: what converts to it can be passed to <see cref="Operator"/>.</summary>
internal readonly struct Argument
{
    internal readonly NativeKind Kind;
    internal readonly object? Reference;
    internal readonly long Payload;
    internal readonly long Length;

    private Argument(NativeKind kind, object? reference = null, long payload = 0, long length = 0) =>
        (Kind, Reference, Payload, Length) = (kind, reference, payload, length);

    public static implicit operator Argument(Tensor? tensor) => tensor is null ? default : new(NativeKind.Tensor, tensor);
    public static implicit operator Argument(long value) => new(NativeKind.Int, payload: value);
    public static implicit operator Argument(double value) => new(NativeKind.Double, payload: BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Argument(bool value) => new(NativeKind.Bool, payload: value ? 1 : 0);
    public static implicit operator Argument(ScalarType value) => new(NativeKind.Int, payload: (long)value);
    public static implicit operator Argument(Device value) => new(NativeKind.Device, payload: (long)value.Type, length: value.Index);
    public static implicit operator Argument(long[] values) => new(NativeKind.IntList, values);
    public static implicit operator Argument(Tensor?[] values) => new(NativeKind.TensorList, values);

    public override string ToString() => Kind switch
    {
        NativeKind.None => "none",
        NativeKind.Tensor => Reference!.ToString()!,
        NativeKind.Double => $"{BitConverter.Int64BitsToDouble(Payload)}",
        NativeKind.Bool => Payload != 0 ? "true" : "false",
        NativeKind.IntList => $"[{string.Join(", ", (long[])Reference!)}]",
        NativeKind.TensorList => Describe((Tensor?[])Reference!),
        NativeKind.Device => new Device((DeviceType)Payload, (int)Length).ToString(),
        _ => Payload.ToString(),
    };

    // A model's whole list of parameters would drown the message.
    private static string Describe(Tensor?[] list) => $"[{string.Join(", ", list.Take(4))}{(list.Length > 4 ? $", ... {list.Length} in all" : "")}]";
}

/// <summary>One operator of the c10 dispatcher, found by name at its first use and called boxed (about 2 us a call).</summary>
/// <param name="name">The operator's name, such as <c>aten::add</c>.</param>
/// <param name="overload">The overload, such as <c>Tensor</c>; empty for the one without a name.</param>
internal sealed unsafe class Operator(string name, string overload = "")
{
    private IntPtr handle;

    /// <summary>Whether the loaded libtorch has this operator: newer ones are used where they are present.</summary>
    public bool Exists { get; } = Native.dnabart_op_exists(name, overload) != 0;

    /// <summary>Whether the loaded libtorch has a kernel of this operator for a device.</summary>
    public bool ExistsOn(Device device) => Native.dnabart_op_has_kernel(name, overload, (int)device.Type) != 0;

    /// <summary>Calls the operator for its only result.</summary>
    /// <exception cref="TorchException">libtorch's error, with the operator's name and the shapes.</exception>
    public Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        Span<NativeValue> results = stackalloc NativeValue[1];
        Invoke(arguments, results);
        return new Tensor((IntPtr)results[0].Payload);
    }

    /// <summary>Calls the operator for two tensors.</summary>
    public (Tensor First, Tensor Second) CallForTwo(params ReadOnlySpan<Argument> arguments)
    {
        Span<NativeValue> results = stackalloc NativeValue[2];
        Invoke(arguments, results);
        return (new Tensor((IntPtr)results[0].Payload), new Tensor((IntPtr)results[1].Payload));
    }

    /// <summary>Calls the operator for a list of tensors of a known length.</summary>
    public Tensor[] CallForMany(int count, params ReadOnlySpan<Argument> arguments)
    {
        var results = new NativeValue[count];
        var written = Invoke(arguments, results);
        return Array.ConvertAll(results[..written], result => new Tensor((IntPtr)result.Payload));
    }

    /// <summary>Calls an operator that works in place; what it hands back is its own argument.</summary>
    public void Run(params ReadOnlySpan<Argument> arguments)
    {
        Span<NativeValue> results = stackalloc NativeValue[1];
        if (Invoke(arguments, results) == 1 && results[0].Kind == NativeKind.Tensor)
            Native.dnabart_tensor_free((IntPtr)results[0].Payload);
    }

    private int Invoke(ReadOnlySpan<Argument> arguments, Span<NativeValue> results)
    {
        if (handle == IntPtr.Zero)
            Native.Check(Native.dnabart_op_find(name, overload, out handle), Describe(arguments));
        var listItems = 0;
        foreach (ref readonly var argument in arguments)
            listItems += argument.Reference is Array list ? list.Length : 0;
        // Lists of a whole model's parameters may be long; the stack is for the usual handful.
        Span<long> items = listItems <= 64 ? stackalloc long[listItems] : new long[listItems];
        Span<NativeValue> values = stackalloc NativeValue[arguments.Length];
        fixed (long* itemsPointer = items)
        fixed (NativeValue* valuesPointer = values)
        fixed (NativeValue* resultsPointer = results)
        {
            Marshal(arguments, values, items, itemsPointer);
            var written = results.Length;
            var outcome = Native.dnabart_op_call(handle, valuesPointer, arguments.Length, resultsPointer, ref written);
            if (outcome != 0)
                Native.Check(outcome, Describe(arguments));
            KeepAlive(arguments);
            return written;
        }
    }

    private static void Marshal(ReadOnlySpan<Argument> arguments, Span<NativeValue> values, Span<long> items, long* itemsPointer)
    {
        var used = 0;
        for (var i = 0; i < arguments.Length; i++)
        {
            ref readonly var argument = ref arguments[i];
            values[i] = new NativeValue { Kind = argument.Kind, Payload = argument.Payload, Length = argument.Length };
            switch (argument.Reference)
            {
                case Tensor tensor:
                    values[i].Payload = tensor.Handle;
                    break;
                case Array list:
                    values[i].Payload = (long)(itemsPointer + used);
                    values[i].Length = list.Length;
                    if (list is long[] numbers)
                        numbers.CopyTo(items[used..]);
                    else
                        for (var k = 0; k < list.Length; k++)
                            items[used + k] = ((Tensor?[])list)[k]?.Handle ?? 0;
                    used += list.Length;
                    break;
            }
        }
    }

    // The native side holds bare handles during the call: no finalizer may free them meanwhile.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void KeepAlive(ReadOnlySpan<Argument> arguments)
    {
        foreach (ref readonly var argument in arguments)
            GC.KeepAlive(argument.Reference);
    }

    private string Describe(ReadOnlySpan<Argument> arguments)
    {
        var parts = new string[arguments.Length];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = arguments[i].ToString();
        return $"{name}{(overload.Length > 0 ? "." + overload : "")}({string.Join(", ", parts)})";
    }
}
