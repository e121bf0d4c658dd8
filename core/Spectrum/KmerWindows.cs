using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>The windows of k bases of one read, each with its k-mer on both strands. Buffers are kept from read to read.</summary>
/// <param name="lowestCounted">Windows with a base of lower quality are not counted.</param>
internal sealed class KmerWindows(int k, int lowestCounted)
{
    // A window that holds no k-mer: a letter in it is no base.
    private const byte NoKmer = 255;

    private readonly int[] lastBelow = new int[QualityClasses.Count];
    private sbyte[] codes = [];
    private ulong[] forward = [];
    private ulong[] reverse = [];
    private byte[] classes = [];
    private bool[] counted = [];

    /// <summary>Bases of the read.</summary>
    public int Length { get; private set; }

    /// <summary>Windows of the read; window j begins at base j.</summary>
    public int Count { get; private set; }

    public int Code(int position) => codes[position];

    public bool HasKmer(int window) => classes[window] != NoKmer;

    /// <summary>The quality class of the window's worst base.</summary>
    public int QualityClass(int window) => classes[window];

    /// <summary>Whether the window's k-mer is one that this read has in the count table.</summary>
    public bool IsCounted(int window) => counted[window];

    /// <summary>The canonical k-mer: the lesser of both strands.</summary>
    public ulong Kmer(int window) => Math.Min(forward[window], reverse[window]);

    /// <summary>The canonical k-mer with another base at a position of the read that lies in the window.</summary>
    public ulong KmerWith(int window, int position, int code)
    {
        var change = (ulong)(codes[position] ^ code);
        var offset = position - window;
        // A base's complement is its code with both bits turned, so the change is the same on both strands.
        return Math.Min(forward[window] ^ (change << (2 * (k - 1 - offset))), reverse[window] ^ (change << (2 * offset)));
    }

    public void Load(ReadOnlySpan<byte> bases, ReadOnlySpan<byte> quality)
    {
        (Length, Count) = (bases.Length, Math.Max(0, bases.Length - k + 1));
        if (codes.Length < Length)
            Reserve(Math.Max(Length, 2 * codes.Length));
        var last = default(Kmer);
        var (lastOther, lastUncounted) = (-1, -1);
        lastBelow.AsSpan().Fill(-1);
        for (var i = 0; i < bases.Length; i++)
        {
            var code = Nucleotides.Code(bases[i]);
            codes[i] = (sbyte)code;
            if (code < 0)
                (lastOther, code) = (i, 0);
            last = last.Append(code, k);
            for (var c = QualityClasses.Of(quality[i]) + 1; c < QualityClasses.Count; c++)
                lastBelow[c] = i;
            if (quality[i] - 33 < lowestCounted)
                lastUncounted = i;
            var window = i - k + 1;
            if (window < 0)
                continue;
            (forward[window], reverse[window]) = (last.Forward, last.Reverse);
            var worst = QualityClasses.Count - 1;
            while (lastBelow[worst] >= window)
                worst--;
            classes[window] = lastOther >= window ? NoKmer : (byte)worst;
            counted[window] = lastOther < window && lastUncounted < window;
        }
    }

    /// <summary>Puts another base at a position that holds one.</summary>
    public void Replace(int position, int code)
    {
        var change = (ulong)(codes[position] ^ code);
        for (var window = FirstWith(position); window <= LastWith(position); window++)
        {
            forward[window] ^= change << (2 * (k - 1 - (position - window)));
            reverse[window] ^= change << (2 * (position - window));
            counted[window] = false;
        }
        codes[position] = (sbyte)code;
    }

    /// <summary>The first window that a position lies in.</summary>
    public int FirstWith(int position) => Math.Max(0, position - k + 1);

    /// <summary>The last window that a position lies in; less than the first if there is none.</summary>
    public int LastWith(int position) => Math.Min(position, Count - 1);

    private void Reserve(int length)
    {
        codes = new sbyte[length];
        forward = new ulong[length];
        reverse = new ulong[length];
        classes = new byte[length];
        counted = new bool[length];
    }
}
