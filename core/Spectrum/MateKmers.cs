using System.Numerics;

namespace DnaBart.Spectrum;

/// <summary>The k-mers of the first of two mates, each with the place where it was put: a hash table that is emptied at no cost.</summary>
internal sealed class MateKmers
{
    private const ulong Mixer = 0x9e3779b97f4a7c15;

    private Slot[] slots = [];
    private int shift;
    private uint mate;

    private struct Slot
    {
        public ulong Kmer;

        // A slot of an earlier read is free.
        public uint Mate;
        public int Place;
    }

    /// <summary>Begins another read.</summary>
    /// <param name="most">K-mers that it may have.</param>
    public void Begin(int most)
    {
        if (2 * most > slots.Length || slots.Length == 0 || mate == uint.MaxValue)
        {
            slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)Math.Max(2 * most, 64))];
            shift = 64 - BitOperations.Log2((uint)slots.Length);
            mate = 0;
        }
        mate++;
    }

    /// <summary>Adds a k-mer; the last place of one that the read has several times is kept.</summary>
    public void Add(ulong kmer, int place) => Find(kmer) = new Slot { Kmer = kmer, Mate = mate, Place = place };

    /// <summary>Where the read has a k-mer, if it does.</summary>
    public bool TryFind(ulong kmer, out int place)
    {
        var slot = Find(kmer);
        place = slot.Place;
        return slot.Mate == mate;
    }

    private ref Slot Find(ulong kmer)
    {
        var i = (int)((kmer * Mixer) >> shift);
        while (slots[i].Mate == mate && slots[i].Kmer != kmer)
            i = (i + 1) & (slots.Length - 1);
        return ref slots[i];
    }
}
