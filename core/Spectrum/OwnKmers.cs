using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>How often each k-mer is in the count table because of one read, for when it is looked at in another form than it was counted. An instance belongs
/// to one thread.</summary>
internal sealed class OwnKmers(KmerTable table)
{
    private readonly KmerWindows windows = table.NewWindows();
    private readonly Dictionary<ulong, int> counts = [];
    private Read? counted;

    /// <summary>Of the read that was asked about last.</summary>
    public IReadOnlyDictionary<ulong, int> Counts => counts;

    /// <param name="read">As it was counted.</param>
    /// <returns>By canonical k-mer; valid until another read is asked about.</returns>
    public IReadOnlyDictionary<ulong, int> Of(Read read)
    {
        if (ReferenceEquals(read, counted))
            return counts;
        counted = read;
        counts.Clear();
        windows.Load(read.Bases, read.Quality);
        for (var window = 0; window < windows.Count; window++)
        {
            if (windows.IsCounted(window))
                counts[windows.Kmer(window)] = counts.GetValueOrDefault(windows.Kmer(window)) + 1;
        }
        return counts;
    }
}
