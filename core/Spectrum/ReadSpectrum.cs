using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>One read against the count table: how other reads support its bases, and others in their place.</summary>
/// <param name="doubtfulBelow">Bases of lower quality are doubtful until other reads confirm them.</param>
internal sealed class ReadSpectrum(KmerTable table, DepthClasses classes, int doubtfulBelow)
{
    /// <summary>Bases whose look-ups take about as long as one that misses the cache.</summary>
    public const int Ahead = 3;

    // Of a read's windows: errors leave more of them as they should be, in nearly all reads.
    private const double TypicalShare = 0.1;

    // One in so many of the reads over a place may share an error.
    private const int SharingErrors = 200;

    private readonly KmerWindows windows = table.NewWindows();
    private readonly int[] around = new int[table.K];
    private int[] doubtfulAround = new int[table.K];
    private int[] others = [];
    private int[] qualityClasses = [];
    private bool[] doubtful = [];
    private int[] doubtfulBefore = [0];
    private IReadOnlyDictionary<ulong, int>? own;

    public int Length => windows.Length;

    /// <summary>Whether bases can be asked about: the read is as long as a k-mer.</summary>
    public bool HasWindows => windows.Count > 0;

    public int Windows => windows.Count;

    /// <summary>The code of a base, -1 for N.</summary>
    public int Code(int position) => windows.Code(position);

    /// <summary>Whether anything can be told about a position.</summary>
    public bool Knows(int position) => HasWindows && Code(position) >= 0;

    /// <summary>The positions that <see cref="Knows"/>.</summary>
    public IEnumerable<int> Positions() => Enumerable.Range(0, Length).Where(Knows);

    /// <summary>Occurrences of the window's k-mer in other reads.</summary>
    public int Others(int window) => others[window];

    /// <summary>How many other reads lie over the read as it was loaded, whatever its errors spoil: the octave (<see cref="DepthClasses.OctaveOf"/>) that a tenth of its
    /// windows reach, or those of a short read with another base in the middle.</summary>
    public int Octave { get; private set; }

    /// <summary>The class of the read as it was loaded, of the <see cref="DepthClasses"/>.</summary>
    public int DepthClass => classes.OfOctave(Octave);

    /// <summary>Occurrences, in other reads, of the windows that end before a base and begin behind it; null where the read has none.</summary>
    public (int? Before, int? After) Beside(int position)
    {
        var (before, after) = (position - table.K, position + 1);
        return (before < 0 ? null : others[before], after >= Windows ? null : others[after]);
    }

    /// <summary>The class of a base: that of the windows beside it, since a read may lie in a repeat in part; the read's where errors spoil these.</summary>
    public int DepthClassAt(int position)
    {
        var (before, after) = Beside(position);
        var beside = Math.Max(before ?? 0, after ?? 0);
        return DepthClasses.OctaveOf(beside * SharingErrors) >= Octave ? classes.OfOctave(DepthClasses.OctaveOf(beside)) : DepthClass;
    }

    /// <param name="own">The read's <see cref="OwnKmers"/>; null where it is as it was counted, and each of its windows stands for one occurrence.</param>
    public void Load(ReadOnlySpan<byte> bases, ReadOnlySpan<byte> quality, IReadOnlyDictionary<ulong, int>? own = null)
    {
        this.own = own;
        windows.Load(bases, quality);
        if (others.Length < windows.Count)
        {
            others = new int[Math.Max(windows.Count, 2 * others.Length)];
            qualityClasses = new int[others.Length];
        }
        if (doubtful.Length < bases.Length)
        {
            doubtful = new bool[Math.Max(bases.Length, 2 * doubtful.Length)];
            doubtfulBefore = new int[doubtful.Length + 1];
        }
        for (var i = 0; i < bases.Length; i++)
            doubtful[i] = quality[i] - 33 < doubtfulBelow;
        CountOthers(0, windows.Count - 1);
        SumDoubtful();
        Octave = TypicalOctave();
        if (DepthClass < classes.Count - 1)
            Octave = Math.Max(Octave, OctaveOfOthersInMiddle());
    }

    public void Replace(int position, int code)
    {
        Put(position, code);
        SumDoubtful();
    }

    /// <summary>Puts other bases wherever a corrected form of the read has them.</summary>
    public void Replace(ReadOnlySpan<byte> corrected)
    {
        for (var i = 0; i < corrected.Length; i++)
        {
            if (Nucleotides.Code(corrected[i]) is var code && code != Code(i))
                Put(i, code);
        }
        SumDoubtful();
    }

    /// <summary>The support of the base as it stands; its quality class is left at 0.</summary>
    public Support Observed(int position)
    {
        var (first, end) = (windows.FirstWith(position), windows.LastWith(position) + 1);
        return Support.Of(others.AsSpan(first..end), DoubtfulAround(position), qualityClass: 0, classes.UsualCount(DepthClassAt(position)));
    }

    /// <summary>The best quality class, in any read, of the k-mers that hold the base as it stands.</summary>
    public int ObservedQualityClass(int position) => BestClass(windows.FirstWith(position), windows.LastWith(position));

    /// <summary>The support of what stands in some windows together, as of something put there; none where there are no such windows.</summary>
    public Support Standing(int firstWindow, int lastWindow)
    {
        var (first, last) = (Math.Max(0, firstWindow), Math.Min(lastWindow, Windows - 1));
        if (doubtfulAround.Length <= last - first)
            doubtfulAround = new int[last - first + 1];
        for (var window = first; window <= last; window++)
            doubtfulAround[window - first] = doubtfulBefore[window + table.K] - doubtfulBefore[window];
        var count = Math.Max(0, last - first + 1);
        return Support.Of(others.AsSpan(first, count), doubtfulAround.AsSpan(0, count), BestClass(first, last), classes.UsualCount(DepthClass));
    }

    /// <summary>Starts what <see cref="MayHaveAlternative"/> looks up of the three other bases, some bases (<see cref="Ahead"/>) before they are asked about; nothing behind the
    /// read's end.</summary>
    public void PrefetchAlternatives(int position)
    {
        if (position >= Length || !Knows(position))
            return;
        for (var code = 0; code < 4; code++)
        {
            if (code == Code(position))
                continue;
            Prefetch(windows.FirstWith(position), position, code);
            Prefetch(windows.LastWith(position), position, code);
        }
    }

    /// <summary>Whether another base has any support from the windows that begin or end there: a quick look before
    /// <see cref="Alternative"/>.</summary>
    public bool MayHaveAlternative(int position, int code) =>
        Find(windows.FirstWith(position), position, code).Count > 0 || Find(windows.LastWith(position), position, code).Count > 0;

    /// <summary>The support of another base.</summary>
    public Support Alternative(int position, int code)
    {
        var (first, last) = (windows.FirstWith(position), windows.LastWith(position));
        for (var window = first; window <= last; window++)
            Prefetch(window, position, code);
        var bestClass = 0;
        for (var window = first; window <= last; window++)
        {
            var found = Find(window, position, code);
            around[window - first] = found.Count;
            bestClass = Math.Max(bestClass, found.QualityClass);
        }
        return Support.Of(around.AsSpan(0, last - first + 1), DoubtfulAround(position), bestClass, classes.UsualCount(DepthClassAt(position)));
    }

    /// <summary>The support of those other bases that have any.</summary>
    public IEnumerable<Support> Alternatives(int position) =>
        Enumerable.Range(0, 4).Where(code => code != Code(position) && MayHaveAlternative(position, code)).Select(code => Alternative(position, code));

    /// <summary>Whether each window that supports another base supports the one that stands, too.</summary>
    public bool StandsWherever(int position, int code)
    {
        for (var window = windows.FirstWith(position); window <= windows.LastWith(position); window++)
        {
            if (others[window] <= 0 && Find(window, position, code).Count > 0)
                return false;
        }
        return true;
    }

    /// <summary>The best quality class of the read's own windows around a position: what another read like it would offer.</summary>
    public int OwnQualityClass(int position)
    {
        var best = 0;
        for (var window = windows.FirstWith(position); window <= windows.LastWith(position); window++)
        {
            if (windows.IsCounted(window))
                best = Math.Max(best, windows.QualityClass(window));
        }
        return best;
    }

    private int TypicalOctave()
    {
        Span<int> reached = stackalloc int[DepthClasses.Octaves];
        for (var window = 0; window < windows.Count; window++)
            reached[DepthClasses.OctaveOf(others[window])]++;
        var octave = DepthClasses.Octaves - 1;
        for (var sum = reached[octave]; octave > 0 && sum <= TypicalShare * windows.Count; sum += reached[octave])
            octave--;
        return octave;
    }

    // One error spoils all windows of a short read that has a base in each of them.
    private int OctaveOfOthersInMiddle()
    {
        var most = 0;
        for (var position = windows.Count - 1; position < table.K; position++)
        {
            for (var code = 0; code < 4 && Knows(position); code++)
            {
                if (code != Code(position))
                    most = Math.Max(most, Math.Max(Find(0, position, code).Count, Find(windows.Count - 1, position, code).Count));
            }
        }
        return DepthClasses.OctaveOf(most);
    }

    private int BestClass(int firstWindow, int lastWindow)
    {
        var best = 0;
        for (var window = firstWindow; window <= lastWindow; window++)
            best = Math.Max(best, qualityClasses[window]);
        return best;
    }

    private ReadOnlySpan<int> DoubtfulAround(int position)
    {
        var (first, last) = (windows.FirstWith(position), windows.LastWith(position));
        var self = doubtful[position] ? 1 : 0;
        for (var window = first; window <= last; window++)
            doubtfulAround[window - first] = doubtfulBefore[window + table.K] - doubtfulBefore[window] - self;
        return doubtfulAround.AsSpan(0, last - first + 1);
    }

    private void Put(int position, int code)
    {
        windows.Replace(position, code);
        doubtful[position] = false;
        CountOthers(windows.FirstWith(position), windows.LastWith(position));
    }

    private void SumDoubtful()
    {
        for (var i = 0; i < windows.Length; i++)
            doubtfulBefore[i + 1] = doubtfulBefore[i] + (doubtful[i] ? 1 : 0);
    }

    private void Prefetch(int window, int position, int code)
    {
        if (windows.HasKmer(window))
            table.Prefetch(windows.KmerWith(window, position, code));
    }

    private KmerCount Find(int window, int position, int code) =>
        windows.HasKmer(window) ? table.Find(windows.KmerWith(window, position, code)) : default;

    private void CountOthers(int first, int last)
    {
        // Every look-up misses the cache: start them all before the first is needed.
        for (var window = first; window <= last; window++)
            table.Prefetch(windows.Kmer(window));
        for (var window = first; window <= last; window++)
        {
            var found = windows.HasKmer(window) ? table.Find(windows.Kmer(window)) : default;
            (others[window], qualityClasses[window]) = (found.Count - Own(window), found.QualityClass);
        }
        Confirm(first, last);
    }

    private int Own(int window) =>
        own is not null ? own.GetValueOrDefault(windows.Kmer(window)) : windows.IsCounted(window) ? 1 : 0;

    // What other reads have too, with all around it, is no longer doubtful: errors are corrected from what is sure on, base by base.
    private void Confirm(int first, int last)
    {
        var confirmed = 0;
        for (var window = first; window <= last; window++)
        {
            if (others[window] == 0)
                continue;
            for (confirmed = Math.Max(confirmed, window); confirmed < window + table.K; confirmed++)
                doubtful[confirmed] = false;
        }
    }
}
