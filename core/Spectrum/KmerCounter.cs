using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>Counts the k-mers of reads into a table; an instance belongs to one thread, the table to all. A k-mer counts once a fragment: mates that overlap show
/// the same molecule, and what copying did to it before sequencing, twice.</summary>
/// <param name="readsOfFragment">Reads that follow each other and are of one fragment: 2 of mates, else 1.</param>
internal sealed class KmerCounter(KmerTable table, int readsOfFragment)
{
    private readonly KmerWindows windows = new(table.K);
    private readonly FragmentKmers ofFragment = new();
    private readonly int[] ends = new int[KmerTable.Partitions];
    private ulong[] found = [];
    private ulong[] sorted = [];
    private int count;

    /// <summary>Adds a batch of reads, of whole fragments; a few hundred kilobases keep locks rare and partitions in cache.</summary>
    public void Add(IReadOnlyList<Read> reads)
    {
        count = 0;
        ends.AsSpan().Clear();
        var most = reads.Sum(read => read.Bases.Length);
        if (found.Length < most)
            (found, sorted) = (new ulong[most], new ulong[most]);
        for (var i = 0; i < reads.Count; i++)
        {
            if (i % readsOfFragment == 0)
                ofFragment.Begin(reads.Skip(i).Take(readsOfFragment).Sum(read => read.Bases.Length));
            Collect(reads[i]);
        }
        Sort();
        for (var (partition, start) = (0, 0); partition < ends.Length; start = ends[partition++])
            table.Add(partition, sorted.AsSpan(start..ends[partition]));
    }

    private void Collect(Read read)
    {
        windows.Load(read.Bases, read.Quality);
        for (var window = 0; window < windows.Count; window++)
        {
            if (!windows.IsCounted(window))
                continue;
            var key = table.KeyOf(windows.Kmer(window));
            var occurrence = (key << KmerTable.ValueBits) | ((ulong)windows.QualityClass(window) << KmerTable.CountBits);
            if (ofFragment.TryAdd(key, count, out var first))
            {
                found[count++] = occurrence;
                ends[KmerTable.PartitionOf(key)]++;
            }
            else if ((occurrence & KmerTable.ClassMask) > (found[first] & KmerTable.ClassMask))
            {
                found[first] = occurrence;
            }
        }
    }

    /// <summary>Brings the occurrences of each partition together (counting sort); <see cref="ends"/> becomes where each ends.</summary>
    private void Sort()
    {
        var place = 0;
        for (var partition = 0; partition < ends.Length; partition++)
            (ends[partition], place) = (place, place + ends[partition]);
        foreach (var occurrence in found.AsSpan(0, count))
            sorted[ends[KmerTable.PartitionOf(occurrence >> KmerTable.ValueBits)]++] = occurrence;
    }
}
