using DnaBart.Torch;

namespace DnaBart.Fixtures;

/// <summary>How many tensors are alive, for tests of what is left behind.</summary>
internal static class TensorCount
{
    /// <summary>The count once finalizers have run: what an earlier test dropped must not go while this one counts.</summary>
    public static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.LiveTensors;
    }
}
