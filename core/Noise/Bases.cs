namespace DnaBart.Noise;

/// <summary>Draws of bases.</summary>
internal static class Bases
{
    private static ReadOnlySpan<byte> Letters => "ACGT"u8;

    /// <summary>A, C, G or T, each as likely.</summary>
    public static byte Draw(ref CounterRandom random) => Letters[(int)(random.NextUInt32() >> 30)];

    /// <summary>One of the three other bases, each as likely; a letter that is no base becomes any.</summary>
    public static byte DrawOther(byte original, ref CounterRandom random)
    {
        var code = Letters.IndexOf(original);
        return code < 0 ? Draw(ref random) : Letters[(code + 1 + random.NextInt32(3)) & 3];
    }
}
