using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>Finds the bases that a read has too many or too few, also where other errors are close by, as other reads show it: k-mers over such a place
/// have little support, and on the right way through the k-mers of other reads (<see cref="EditPathSearch"/>) all of them have it. An instance belongs
/// to one thread.</summary>
/// <param name="own">Of the same thread.</param>
/// <param name="logRate">Natural logarithm of the chance of an insertion or deletion before a base.</param>
/// <param name="margin">Natural log-odds by which an insertion or deletion must win.</param>
internal sealed class IndelFinder(EvidenceWeights learned, OwnKmers own, QualityCalibration qualities, double logRate, double margin)
{
    // Where support falls to less than such a share of what it was, or of the usual one (beside a repeat it falls, too), others that still have the
    // read's bases may have the same error.
    private const int Fall = 5;

    // A way's k-mers have the usual count within such a factor, as the windows of a Support do.
    private const int Unevenness = 8;

    // In more windows than errors close together spoil, some support is what there is.
    private const int LongestInKmers = 3;

    // That another read which has the k-mer next to a right one lacks that one: it ends there, or has an error at that very base. Rather high.
    private static readonly double LogOfMissing = Math.Log(0.02);

    // That it ends, or has an error of its own, before it is past the errors of this one: a fifth of short reads do.
    private static readonly double LogOfNotPast = Math.Log(0.2);

    // So many edits are tried for each error that beside as many bases one of them fits by chance.
    private const int BasesByChance = 3;
    private static readonly double LogOfFour = Math.Log(4);

    // That a place has a near copy with another length there. Tried on error-free reads of yeast at 1x to 12x: of 0.56 million 69 changed without this, 37
    // with it; 1e-2 leaves reads at 2x almost as they were.
    private static readonly double LogOfOtherCopy = Math.Log(1e-3);

    // That a read is like others and yet of something else.
    private static readonly double LogOfForeign = Math.Log(1e-6);

    private readonly KmerTable table = learned.Table;
    private readonly ReadSpectrum standing = learned.NewSpectrum();
    private readonly ReadSpectrum edited = learned.NewSpectrum();
    private readonly EditPathSearch paths = new(learned.Table, qualities, logRate);

    // Of reads like the one that is looked at.
    private ClassWeights Weights => learned[standing.DepthClass];

    /// <summary>Windows with little support.</summary>
    /// <param name="First">The first one.</param>
    /// <param name="Last">The last one.</param>
    /// <param name="Least">Other reads that have the windows beside it, at least.</param>
    private readonly record struct Weak(int First, int Last, int Least);

    /// <summary>The read with the insertions and deletions put right that win by the margin, and how many bases came or went; null if none do.</summary>
    /// <param name="counted">As it was counted, before any edit.</param>
    /// <param name="read">As it was read, or after earlier edits; inserted bases get the lower quality of their neighbours.</param>
    /// <param name="settled">Whether the bases from the first to before the second position are explained without insertions and deletions.</param>
    public (Read Read, int Bases)? Edit(Read counted, Read read, Func<int, int, bool> settled)
    {
        // Edited before, it has k-mers that were not counted.
        var ofEdited = ReferenceEquals(read, counted) ? null : own.Of(counted);
        standing.Load(read.Bases, read.Quality, ofEdited);
        var (weak, startIsWeak) = (FindWeak(), StartIsWeak());
        if (weak.Count == 0 && !startIsWeak)
            return null;
        // In a repeat of short units an edit makes k-mers that the read has elsewhere: those are no witnesses.
        own.Of(counted);
        if (Edit(read, weak.FindAll(stretch => stretch.First > 0 && !IsSettled(stretch, settled))) is { } edited)
            return edited;
        if (!startIsWeak)
            return null;
        // It is the end of the other strand.
        var turned = Turned(read);
        standing.Load(turned.Bases, turned.Quality, ofEdited);
        var atEnd = FindWeak().FindAll(stretch => stretch.First > 0 && stretch.Last == standing.Windows - 1
            && !IsSettled(stretch, (start, end) => settled(read.Bases.Length - end, read.Bases.Length - start)));
        return Edit(turned, atEnd) is var (found, bases) ? (Turned(found), bases) : null;
    }

    private bool IsSettled(Weak stretch, Func<int, int, bool> settled) =>
        stretch.Least == Weights.Trusted && settled(stretch.First, stretch.Last + table.K);

    private List<Weak> FindWeak()
    {
        var found = new List<Weak>();
        for (var window = 0; window < standing.Windows; window++)
        {
            var least = window == 0 ? Weights.Trusted : LeastBeside(window - 1);
            if (standing.Others(window) >= least)
                continue;
            var first = window;
            while (window + 1 < standing.Windows && standing.Others(window + 1) < (window - first < LongestInKmers * table.K ? least : Weights.Trusted))
                window++;
            found.Add(new Weak(first, window, least));
        }
        return found;
    }

    private bool StartIsWeak() =>
        standing.HasWindows && (standing.Others(0) < Weights.Trusted
            || Enumerable.Range(1, Math.Min(table.K, standing.Windows) - 1).Any(window => standing.Others(window - 1) < LeastBeside(window)));

    private int LeastBeside(int window) =>
        Math.Max(Weights.Trusted, (Math.Min(standing.Others(window), Weights.UsualCount) + Fall - 1) / Fall);

    private (Read Read, int Bases)? Edit(Read read, List<Weak> weak)
    {
        if (weak.Count == 0)
            return null;
        var codes = Array.ConvertAll(read.Bases, letter => (sbyte)Nucleotides.Code(letter));
        var gaps = weak.SelectMany(stretch => Likely(read, codes, stretch)).Distinct().OrderByDescending(gap => gap.Position).ToList();
        var (end, sum) = (read.Bases.Length, 0);
        foreach (var gap in gaps.Where(gap => gap.Position + gap.Removed <= end))
        {
            var (before, after) = (Math.Max(0, gap.Position - 1), Math.Min(gap.Position, read.Bases.Length - 1));
            byte[] inserted = [.. gap.Inserted.Select(letter => Nucleotides.Letter(Nucleotides.Code((byte)letter), read.Bases[after]))];
            var quality = Math.Min(read.Quality[before], read.Quality[after]);
            read = read with { Bases = gap.Apply(read.Bases, inserted), Quality = gap.Apply(read.Quality, [.. Enumerable.Repeat(quality, inserted.Length)]) };
            (end, sum) = (gap.Position, sum + gap.Bases);
        }
        return sum == 0 ? null : (read, sum);
    }

    /// <summary>The insertions and deletions that the likely ways through a stretch share.</summary>
    private List<Gap> Likely(Read read, sbyte[] codes, Weak weak)
    {
        // The first window without support ends in the place; the first one with it again is reached.
        var (place, end, neighbours) = (weak.First + table.K - 1, Math.Min(codes.Length, weak.Last + table.K + 1), standing.Others(weak.First - 1));
        var ofStanding = LogOfStanding(
            weak.First, Math.Min(weak.Last, place), neighbours, read.Quality.AsSpan(place, Math.Min(table.K, codes.Length - place)));
        var least = Math.Max(1, Math.Min(neighbours, Weights.UsualCount) / Unevenness);
        var found = paths.Find(new Stretch(codes, read.Quality, place, end, weak.Least, least, own.Counts), margin + ofStanding - Weights.MostOfCandidate);
        // Ways to the same bases are one: which of two bases is one too many and which a wrong one makes no difference.
        var ways = found.GroupBy(path => path.Result)
            .Select(same => (Gaps: same.First().Gaps(), Odds: same.Sum(path => Math.Exp(path.LogPrior)) * Math.Exp(LogRatio(same.First(), read, neighbours, ofStanding))))
            .ToList();
        var all = ways.Sum(way => way.Odds) + 1;
        return ways.SelectMany(way => way.Gaps).Distinct()
            .Where(gap => ways.Where(way => way.Gaps.Contains(gap)).Sum(way => way.Odds) is var with && Math.Log(with / (all - with)) > margin)
            .ToList();
    }

    /// <summary>What other reads say for a way against what stands, minus infinity if one of its windows lacks support; near an end of the read no more
    /// than the few bases there can tell.</summary>
    private double LogRatio(EditPath path, Read read, int neighbours, double ofStanding)
    {
        var bases = read.Bases[(path.Start - table.K + 1)..path.Start].ToList();
        var quality = read.Quality[(path.Start - table.K + 1)..path.Start].ToList();
        var (position, kept, errors, behind, last) = (path.Start, 0, 0, 0, EditStep.Keep);
        foreach (var (step, code) in path.Steps)
        {
            var letter = read.Quality[Math.Min(position, read.Quality.Length - 1)];
            if (step != EditStep.Remove)
            {
                bases.Add(Nucleotides.Letter(code, (byte)'A'));
                quality.Add(step == EditStep.Insert ? Math.Min(quality[^1], letter) : letter);
            }
            if (step == EditStep.Keep)
                kept++;
            else
            {
                behind = bases.Count;
                errors += step == last && step != EditStep.Replace ? 0 : 1;
            }
            position += step == EditStep.Insert ? 0 : 1;
            last = step;
        }
        var length = Math.Min(bases.Count, behind + table.K - 1);
        if (length < table.K)
            return double.NegativeInfinity;
        edited.Load([.. bases[..length]], [.. quality[..length]], own.Counts);
        // Its edges are those of the right way, too: a way that one other read shows, by its own error, is seen for what it is in its middle.
        var counts = Enumerable.Range(0, edited.Windows).Select(edited.Others).Order().ToList();
        var support = edited.Standing(0, edited.Windows - 1) with { Count = counts[counts.Count / 2] };
        return !support.IsWhole ? double.NegativeInfinity
            : Math.Min(Weights.OfCandidate(support), (kept - (BasesByChance * errors)) * LogOfFour)
                - Math.Max(ofStanding, LogOfShared(Math.Min(support.Count, neighbours), neighbours));
    }

    /// <summary>That the reads that show a way have the error themselves, all of them the same (of one of them, the weight of support speaks), and the other
    /// neighbours end there.</summary>
    private double LogOfShared(int showing, int neighbours) =>
        ((showing - 1) * Math.Min(0, Math.Log(neighbours) + logRate)) + ((neighbours - showing) * LogOfMissing);

    /// <summary>Where few or none support what stands there, the more reads have the k-mer next to it, the less likely it is right; but none of them may reach
    /// past the read's errors, or they may be of a near copy of the place, which no other read shows: in shallow data that is not rare.</summary>
    private double LogOfStanding(int firstWindow, int lastWindow, int neighbours, ReadOnlySpan<byte> quality)
    {
        var support = standing.Standing(firstWindow, lastWindow);
        var weight = Math.Min(Weights.OfObserved(support), support.RunClass > 0 ? LogOfSome(support.Count, neighbours) : neighbours * LogOfMissing);
        var errors = 0.0;
        foreach (var letter in quality)
            errors += Phred.ErrorChance(letter);
        var unseen = Math.Min(0, Math.Log(errors) + (neighbours * LogOfNotPast));
        // No other read of the place: all of them are of a copy.
        var alone = LogOfOtherCopy - Weights.UsualCount;
        return Math.Max(Math.Max(weight, unseen), Math.Max(alone, LogOfForeign));
    }

    /// <summary>That some of the neighbours show what is right, as any share of a sample's molecules may have it, against that they share this read's
    /// error by chance (Poisson).</summary>
    private double LogOfSome(int showing, int neighbours)
    {
        var ofChance = showing * (Math.Log(neighbours) + logRate);
        for (var i = 2; i <= showing; i++)
            ofChance -= Math.Log(i);
        return -Math.Log(neighbours + 1) - ofChance;
    }

    private static Read Turned(Read read) =>
        read with { Bases = Nucleotides.ReverseComplement(read.Bases), Quality = [.. read.Quality.Reverse()] };
}
