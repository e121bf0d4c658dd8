using DnaBart.Sequences;

namespace DnaBart.Alignment;

/// <summary>Where every k-mer of a small genome occurs on its forward strand: sorted pairs of k-mer and place, 8 bytes a base.</summary>
internal sealed class KmerIndex
{
    /// <summary>Letters of a seed: in a genome of a few Mb a random k-mer is rarely found by chance (4^15 is 1.07 G).</summary>
    public const int K = 15;

    private readonly ulong[] entries;

    /// <param name="text">The sequences, one behind the other with a letter that is no base between them.</param>
    public KmerIndex(byte[] text)
    {
        var list = new List<ulong>(text.Length);
        foreach (var (kmer, start) in Enumerate(text))
            list.Add((ulong)kmer << 32 | (uint)start);
        entries = [.. list];
        Array.Sort(entries);
    }

    /// <summary>The k-mers of a sequence that hold no ambiguous letter, each with the position of its first letter.</summary>
    public static IEnumerable<(uint Kmer, int Start)> Enumerate(byte[] bases)
    {
        const uint mask = (1u << (2 * K)) - 1;
        var (kmer, length) = (0u, 0);
        for (var i = 0; i < bases.Length; i++)
        {
            var code = Nucleotides.Code(bases[i]);
            length = code < 0 ? 0 : length + 1;
            kmer = (kmer << 2 | (uint)code) & mask;
            if (length >= K)
                yield return (kmer, i - K + 1);
        }
    }

    /// <summary>The places where a k-mer begins, in ascending order.</summary>
    public IEnumerable<int> Find(uint kmer)
    {
        var index = Array.BinarySearch(entries, (ulong)kmer << 32);
        for (var i = index < 0 ? ~index : index; i < entries.Length && entries[i] >> 32 == kmer; i++)
            yield return (int)(uint)entries[i];
    }
}
