namespace DnaBart.Spectrum;

/// <summary>What the other reads of the data set say, by their k-mers, about the bases of one read, to be added to a model's log-odds and the quality's.
/// An instance belongs to one thread and looks at one read at a time.</summary>
internal sealed class SpectrumEvidence(EvidenceWeights learned)
{
    // Where fewer reads lie, support ends with any of them.
    private const int Deep = 7;

    // Reads that hardly all end at one base by chance, and one in how many may go on all the same: by an error that it shares with the read.
    private const int LeastOfBreak = 3;
    private const int ReadsOfNoBreak = 8;

    // A base may be what no other read shows for reasons other than chance: a rare variant, or a mistake of what was done before sequencing.
    private static readonly double LeastLogOfUnseen = Math.Log(2e-5);

    private readonly ReadSpectrum spectrum = learned.NewSpectrum();
    private bool[] trusted = [];

    private int K => learned.Table.K;

    private ClassWeights OfRead => learned[spectrum.DepthClass];

    /// <summary>What the reads that are loaded next have in the count table themselves (<see cref="OwnKmers"/>); null where they are as they were counted.</summary>
    public IReadOnlyDictionary<ulong, int>? Own { get; set; }

    /// <summary>How far from a base that is replaced others are seen differently, in bases: they share k-mers with what it confirms.</summary>
    public int Reach => 2 * K;

    /// <summary>Whether many reads lie over most bases of reads like this one.</summary>
    public bool IsDeep => OfRead.MedianDepth >= Deep;

    /// <summary>Whether no base needs a second look.</summary>
    public bool AllTrusted { get; private set; }

    /// <summary>Whether no base needs a second look or, where many reads lie, every base is shown by as many as would have it trusted, together with what stands before it
    /// or behind it: other reads know what stands on either side of a place but not that the one follows the other, as before an adapter or a tail of G, or in a chimera.
    /// Where few lie, an error beside which the read is like a near copy of its place looks the same.</summary>
    public bool AllShown { get; private set; }

    /// <summary>Looks at a read; everything else speaks of it until the next call.</summary>
    /// <param name="bases">IUPAC letters in either case.</param>
    /// <param name="quality">Phred+33, one a base.</param>
    public void Load(ReadOnlySpan<byte> bases, ReadOnlySpan<byte> quality)
    {
        spectrum.Load(bases, quality, Own);
        Trust();
    }

    /// <summary>Looks at a read as corrected.</summary>
    /// <param name="bases">As it was read, and so counted.</param>
    /// <param name="corrected">The same or other bases in their places.</param>
    public void Load(ReadOnlySpan<byte> bases, ReadOnlySpan<byte> quality, ReadOnlySpan<byte> corrected)
    {
        spectrum.Load(bases, quality, Own);
        spectrum.Replace(corrected);
        Trust();
    }

    /// <summary>Where support ends, seen from windows with it: the first base that lacks it, and whether it lies to their right (1) or left (-1).</summary>
    public IEnumerable<(int Position, int Direction)> Ends()
    {
        for (var window = 1; window < spectrum.Windows; window++)
        {
            if (HasSupport(window - 1) && !HasSupport(window))
                yield return (window + K - 1, 1);
            else if (!HasSupport(window - 1) && HasSupport(window))
                yield return (window - 1, -1);
        }
    }

    /// <summary>The first base in a direction that lacks support, from a position on and as far as windows with that position tell; null if there is
    /// none.</summary>
    public int? NextEnd(int position, int direction)
    {
        var (first, last) = (Math.Max(0, position - K + 1), Math.Min(position, spectrum.Windows - 1));
        for (var i = 0; i <= last - first; i++)
        {
            if (direction > 0 && !HasSupport(first + i))
                return first + i + K - 1;
            if (direction < 0 && !HasSupport(last - i))
                return last - i;
        }
        return null;
    }

    /// <summary>Those <see cref="Ends"/> at which the reads of a place, some at least, all end or go on otherwise.</summary>
    public IEnumerable<(int Position, int Direction)> Breaks() => Ends().Where(end =>
    {
        var (with, without) = end.Direction > 0 ? (end.Position - K, end.Position - K + 1) : (end.Position + 1, end.Position);
        return spectrum.Others(with) >= LeastOfBreak && spectrum.Others(with) > ReadsOfNoBreak * spectrum.Others(without);
    });

    /// <summary>Whether enough other reads have the base as it stands for it to need no second look.</summary>
    public bool IsTrusted(int position) => trusted[position];

    /// <summary>Whether another read has the base as it stands, with all around it that makes a k-mer.</summary>
    public bool IsConfirmed(int position) => spectrum.Observed(position).Count > 0;

    /// <summary>Whether the spectrum can tell anything about a position.</summary>
    public bool Knows(int position) => spectrum.Knows(position);

    /// <summary>Starts the look-ups of what lies some bases on, if it is not trusted: for whoever goes through a read from left to right.</summary>
    public void PrefetchAhead(int position)
    {
        var next = position + ReadSpectrum.Ahead;
        if (next < spectrum.Length && !trusted[next])
            spectrum.PrefetchAlternatives(next);
    }

    /// <summary>Whether <see cref="LogRatio"/> is worth its cost: other reads may have that base there.</summary>
    public bool IsCandidate(int position, int code) => code != spectrum.Code(position) && spectrum.MayHaveAlternative(position, code);

    /// <summary>The most other reads that have another base there, with what is around it.</summary>
    public int Count(int position, int code) => spectrum.Alternative(position, code).Count;

    /// <summary>A quick look whether so many reads have another base there that one of them, which may be this very read, makes no difference.</summary>
    public bool HasOthers(int position, int code) => code >= 0 && Count(position, code) > OfRead.Trusted;

    /// <summary>How other reads support the base as it stands.</summary>
    public Support Observed(int position) => spectrum.Observed(position);

    /// <summary>The most that <see cref="LogRatio(int, int)"/> can be, where a read has what was observed.</summary>
    public double MostOver(Support observed, int position, int code) => MostOver(observed, position, spectrum.Alternative(position, code));

    /// <summary>The natural logarithm of P(other reads | the base is <paramref name="code"/>) / P(other reads | it is as it stands). The
    /// base's own quality is not part of it. 0 for the base as it stands, and where the read has no base (N).</summary>
    /// <param name="code">A 0, C 1, G 2, T 3.</param>
    public double LogRatio(int position, int code) => !Knows(position) || code == spectrum.Code(position)
        ? 0
        : LogRatio(position, spectrum.Observed(position), spectrum.Alternative(position, code));

    /// <summary>What <see cref="LogRatio(int, int)"/> would be if the base as it stands were an error, and the right one had its support.</summary>
    public double LogRatioIfWrong(int position) =>
        LogRatio(position, default, spectrum.Observed(position) with { QualityClass = spectrum.ObservedQualityClass(position) });

    public void Replace(int position, int code)
    {
        spectrum.Replace(position, code);
        Trust();
    }

    private void Trust()
    {
        if (trusted.Length < spectrum.Length)
            trusted = new bool[Math.Max(spectrum.Length, 2 * trusted.Length)];
        var flags = trusted.AsSpan(0, spectrum.Length);
        flags.Fill(spectrum.HasWindows);
        var shown = 0;
        for (var window = 0; window < spectrum.Windows; window++)
        {
            if (!HasSupport(window))
                flags.Slice(window, K).Clear();
            else if (window <= shown)
                shown = window + K;
        }
        AllTrusted = !flags.Contains(false);
        AllShown = AllTrusted || (IsDeep && shown == spectrum.Length);
    }

    // Where all windows support the alternative, no error nearby takes the support from the base as it stands: the only way for it to be right is
    // that no other read has it with what is around it.
    private double LogRatio(int position, Support observed, Support alternative)
    {
        var weights = WeightsAt(position);
        if (observed.IsWhole || !alternative.IsWhole)
            return Math.Min(MostOver(observed, position, alternative), weights.OfCandidate(alternative) - weights.OfObserved(observed));
        return Math.Min(weights.MostOverUnseen, weights.OfCandidate(alternative) - Math.Min(weights.OfObserved(observed), LogOfUnseen(position)));
    }

    // A base that other reads have with all that is around it may be of a place of its own.
    private double MostOver(Support observed, int position, Support alternative) =>
        observed.IsWhole && alternative.Count > 0 ? WeightsAt(position).MostOver(observed, alternative) : double.PositiveInfinity;

    private ClassWeights WeightsAt(int position) => learned[spectrum.DepthClassAt(position)];

    // The chance that no read is of a place where so many lie as usual, and as lie on either side: that of half as many by Poisson, since coverage
    // is more uneven than that.
    private double LogOfUnseen(int position)
    {
        var (before, after) = spectrum.Beside(position);
        var depth = Math.Min(WeightsAt(position).UsualCount, Math.Min(before ?? int.MaxValue, after ?? int.MaxValue));
        return depth < Deep ? double.PositiveInfinity : Math.Max(-0.5 * depth, LeastLogOfUnseen);
    }

    private bool HasSupport(int window) => spectrum.Others(window) >= OfRead.Trusted;
}
