using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>Counts the k-mers of reads into a table; an instance belongs to one thread, the table to all.</summary>
/// <param name="mates">Whether every first read is followed by its mate. What both have counts once then: mates that overlap show the same molecule, and what
/// copying did to it before sequencing.</param>
internal sealed class KmerCounter(KmerTable table, bool mates)
{
    private readonly KmerWindows windows = table.NewWindows();
    private readonly MateKmers ofFirst = new();
    private readonly int[] ends = new int[KmerTable.Partitions];
    private ulong[] found = [];
    private ulong[] sorted = [];
    private int count;

    /// <summary>Adds a batch of reads, mates together; a few hundred kilobases keep locks rare and partitions in cache.</summary>
    public void Add(IReadOnlyList<Read> reads)
    {
        count = 0;
        ends.AsSpan().Clear();
        var most = reads.Sum(read => read.Bases.Length);
        if (found.Length < most)
            (found, sorted) = (new ulong[most], new ulong[most]);
        for (var i = 0; i < reads.Count; i++)
            Collect(reads[i], isFirst: mates && i % 2 == 0, isSecond: mates && i % 2 == 1);
        Sort();
        for (var (partition, start) = (0, 0); partition < ends.Length; start = ends[partition++])
            table.Add(partition, sorted.AsSpan(start..ends[partition]));
    }

    private void Collect(Read read, bool isFirst, bool isSecond)
    {
        windows.Load(read.Bases, read.Quality);
        if (isFirst)
            ofFirst.Begin(windows.Count);
        for (var window = 0; window < windows.Count; window++)
        {
            if (!windows.IsCounted(window))
                continue;
            var key = table.KeyOf(windows.Kmer(window));
            var occurrence = (key << KmerTable.ValueBits) | ((ulong)windows.QualityClass(window) << KmerTable.CountBits);
            if (isSecond && ofFirst.TryFind(key, out var first))
            {
                if ((occurrence & KmerTable.ClassMask) > (found[first] & KmerTable.ClassMask))
                    found[first] = occurrence;
                continue;
            }
            if (isFirst)
                ofFirst.Add(key, count);
            found[count++] = occurrence;
            ends[KmerTable.PartitionOf(key)]++;
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
