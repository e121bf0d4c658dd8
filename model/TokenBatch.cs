using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>Token sequences as tensors: int64 [rows, longest], shorter rows padded at the end.</summary>
public static class TokenBatch
{
    /// <summary>Pads the rows to their longest.</summary>
    public static Tensor Pad(IReadOnlyList<int[]> rows, long padding, Device device)
    {
        var length = rows.Max(row => row.Length);
        var flat = new long[rows.Count * length];
        Array.Fill(flat, padding);
        for (var r = 0; r < rows.Count; r++)
            for (var i = 0; i < rows[r].Length; i++)
                flat[r * length + i] = rows[r][i];
        return OnDevice(flat, device, rows.Count, length);
    }

    /// <summary>The mask that hides padding in attention; null where all rows are of one length.</summary>
    public static Tensor? Mask(Bart bart, IReadOnlyList<int[]> rows)
    {
        var length = rows.Max(row => row.Length);
        if (rows.All(row => row.Length == length))
            return null;
        var present = new long[rows.Count * length];
        for (var r = 0; r < rows.Count; r++)
            present.AsSpan(r * length, rows[r].Length).Fill(1);
        return bart.PaddingMask(OnDevice(present, bart.Device, rows.Count, length));
    }

    /// <summary>Target labels moved one to the right behind the start token: the decoder's input when it is taught (Hugging Face's
    /// <c>shift_tokens_right</c>).</summary>
    public static int[] ShiftRight(ReadOnlySpan<int> labels, int startToken) => [startToken, .. labels[..^1]];

    /// <summary>A tensor of host values on a device.</summary>
    public static Tensor OnDevice<T>(T[] values, Device device, params long[] shape) where T : unmanaged
    {
        var host = torch.tensor(values, shape);
        // A copy from ordinary memory would wait for all that the GPU has been given to do.
        return device.Type == DeviceType.CPU ? host : host.pin_memory().to(device, non_blocking: true);
    }
}
