using System.Numerics;

namespace DnaBart.Spectrum;

/// <summary>The k-mers of one fragment, each with the place where it was put first: a hash table that is emptied at no cost.</summary>
internal sealed class FragmentKmers
{
    private const ulong Mixer = 0x9e3779b97f4a7c15;

    private Slot[] slots = [];
    private int shift;
    private uint fragment;

    private struct Slot
    {
        public ulong Kmer;

        // A slot of an earlier fragment is free.
        public uint Fragment;
        public int Place;
    }

    /// <summary>Begins another fragment.</summary>
    /// <param name="most">K-mers that it may have.</param>
    public void Begin(int most)
    {
        if (2 * most > slots.Length || fragment == uint.MaxValue)
        {
            slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)Math.Max(2 * most, 64))];
            shift = 64 - BitOperations.Log2((uint)slots.Length);
            fragment = 0;
        }
        fragment++;
    }

    /// <summary>Adds a k-mer, if the fragment has not got it yet.</summary>
    /// <param name="first">The place of the k-mer: <paramref name="place"/>, or where it is already.</param>
    /// <returns>Whether it was new.</returns>
    public bool TryAdd(ulong kmer, int place, out int first)
    {
        for (var i = (int)((kmer * Mixer) >> shift); ; i = (i + 1) & (slots.Length - 1))
        {
            ref var slot = ref slots[i];
            if (slot.Fragment != fragment)
                slot = new Slot { Kmer = kmer, Fragment = fragment, Place = place };
            else if (slot.Kmer != kmer)
                continue;
            first = slot.Place;
            return first == place;
        }
    }
}
