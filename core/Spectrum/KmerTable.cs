using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace DnaBart.Spectrum;

/// <summary>How often a k-mer was seen.</summary>
/// <param name="Count">Occurrences on both strands, at most <see cref="KmerTable.HighestCount"/>.</param>
/// <param name="QualityClass">The best class (<see cref="QualityClasses"/>) of an occurrence; an occurrence has that of its worst
/// base.</param>
public readonly record struct KmerCount(int Count, int QualityClass);

/// <summary>Exact counts of canonical k-mers in 8 bytes a slot: open addressing with linear probing, split into partitions that fit a
/// core's cache and grow and lock each on their own. Memory is 11 to 23 bytes a distinct k-mer. Counts and classes do not depend on the
/// order of additions, so any number of threads gives the same table.</summary>
/// <param name="k">1 to <see cref="LongestK"/>.</param>
/// <param name="anyQuality">Whether bases of unknown quality (below <see cref="QualityClasses.LowestCounted"/>) are in it, too.</param>
public sealed class KmerTable(int k, bool anyQuality = false)
{
    /// <summary>The longest k: odd, and two bits a base fit into 64.</summary>
    public const int LongestK = 31;

    /// <summary>Counts stay there.</summary>
    public const int HighestCount = (1 << CountBits) - 1;

    internal const int CountBits = 11;
    internal const int ValueBits = CountBits + 3;
    internal const int Partitions = 256;

    // What count and class leave of 64 bits. Longer k-mers are kept by as many bits of a hash: one that was never added is taken for one of
    // 10^8 others once in 10^7 look-ups.
    /// <summary>The bits of a slot or an occurrence that hold the quality class.</summary>
    internal const ulong ClassMask = ((1UL << ValueBits) - 1) & ~(ulong)HighestCount;

    private const int LongestExactK = (64 - ValueBits) / 2;

    private readonly Partition[] partitions = [.. Enumerable.Range(0, Partitions).Select(_ => new Partition())];

    public int K { get; } = k is >= 1 and <= LongestK ? k : throw new ArgumentOutOfRangeException(nameof(k));

    /// <summary>Distinct k-mers.</summary>
    public long Distinct => partitions.Sum(partition => (long)partition.Used);

    /// <summary>For reads that it counts.</summary>
    internal KmerWindows NewWindows() => new(K, anyQuality ? 0 : QualityClasses.LowestCounted);

    /// <summary>What a canonical k-mer is kept by: itself, or a hash of as many bits as are left.</summary>
    internal ulong KeyOf(ulong kmer) => K <= LongestExactK ? kmer : Hash(kmer) >> ValueBits;

    /// <summary>The partition of a key.</summary>
    internal static int PartitionOf(ulong key) => (int)(Hash(key) >> 56);

    /// <summary>Adds occurrences that all belong to one partition.</summary>
    /// <param name="occurrences">Key (<see cref="KeyOf"/>), shifted left by <see cref="ValueBits"/>, and class, shifted left by
    /// <see cref="CountBits"/>.</param>
    internal void Add(int partition, ReadOnlySpan<ulong> occurrences) => partitions[partition].Add(occurrences);

    /// <summary>Looks a canonical k-mer up; count 0 if it was never added. Not to be mixed with additions.</summary>
    public KmerCount Find(ulong kmer)
    {
        var key = KeyOf(kmer);
        var value = partitions[PartitionOf(key)].Find(key);
        return new KmerCount(value & HighestCount, value >> CountBits);
    }

    /// <summary>Asks the processor for the slot of a k-mer that is looked up soon.</summary>
    internal void Prefetch(ulong kmer)
    {
        var key = KeyOf(kmer);
        partitions[PartitionOf(key)].Prefetch(key);
    }

    /// <summary>A mixing of all bits (the finalizer of MurmurHash3).</summary>
    private static ulong Hash(ulong key)
    {
        key = (key ^ (key >> 33)) * 0xff51afd7ed558ccd;
        key = (key ^ (key >> 33)) * 0xc4ceb9fe1a85ec53;
        return key ^ (key >> 33);
    }

    private sealed class Partition
    {
        private const int InitialSlots = 1 << 6;

        // A slot is 0 while free: a k-mer that is there has a count above 0. Pinned, for prefetching.
        private ulong[] slots = GC.AllocateArray<ulong>(InitialSlots, pinned: true);

        public int Used { get; private set; }

        public void Add(ReadOnlySpan<ulong> occurrences)
        {
            lock (this)
            {
                foreach (var occurrence in occurrences)
                {
                    if (Used >= slots.Length / 4 * 3)
                        Grow();
                    Add(occurrence);
                }
            }
        }

        public int Find(ulong key)
        {
            var table = slots;
            for (var i = Place(key, table.Length); table[i] != 0; i = (i + 1) & (table.Length - 1))
            {
                if (table[i] >> ValueBits == key)
                    return (int)(table[i] & ((1 << ValueBits) - 1));
            }
            return 0;
        }

        public unsafe void Prefetch(ulong key)
        {
            if (Sse.IsSupported)
                Sse.Prefetch0(Unsafe.AsPointer(ref slots[Place(key, slots.Length)]));
        }

        private void Add(ulong occurrence)
        {
            var i = Place(occurrence >> ValueBits, slots.Length);
            while (slots[i] != 0 && (slots[i] ^ occurrence) >> ValueBits != 0)
                i = (i + 1) & (slots.Length - 1);
            var slot = slots[i];
            if (slot == 0)
            {
                slots[i] = occurrence + 1;
                Used++;
                return;
            }
            if ((occurrence & ClassMask) > (slot & ClassMask))
                slot = (slot & ~ClassMask) | (occurrence & ClassMask);
            slots[i] = (slot & HighestCount) == HighestCount ? slot : slot + 1;
        }

        private void Grow()
        {
            var old = slots;
            slots = GC.AllocateArray<ulong>(old.Length * 2, pinned: true);
            foreach (var slot in old)
            {
                if (slot == 0)
                    continue;
                var i = Place(slot >> ValueBits, slots.Length);
                while (slots[i] != 0)
                    i = (i + 1) & (slots.Length - 1);
                slots[i] = slot;
            }
        }

        private static int Place(ulong key, int length) => (int)(Hash(key) >> 16) & (length - 1);
    }
}
