using DnaBart.Correction;
using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>Another base for one of a read's.</summary>
/// <param name="Code">A 0, C 1, G 2, T 3.</param>
/// <param name="LogOdds">Natural log-odds for it by the spectrum, the quality not counted.</param>
internal readonly record struct Substitution(int Position, int Code, double LogOdds);

/// <summary>Finds the bases of a read to change, the surest first: each change gives its neighbours better k-mers. Where two changes would do
/// equally well and only one is needed, as between copies of a repeat, neither is made. An instance belongs to one thread.</summary>
internal sealed class SubstitutionSearch(SpectrumEvidence evidence, QualityCalibration qualities, double margin)
{
    private readonly CloseErrors closeErrors = new(evidence, qualities, margin);
    private readonly SortedList<int, BaseChange> changes = [];

    // Of each base the likeliest other one, and the natural log-odds for it over all else; minus infinity where nothing is to be changed.
    private Substitution[] others = [];
    private double[] odds = [];
    private bool[] settled = [];

    /// <summary>The read with its errors put right; letter case stays. The evidence then speaks of it.</summary>
    /// <param name="read">As it was read.</param>
    public CorrectedRead Correct(Read read)
    {
        evidence.Load(read.Bases, read.Quality);
        if (evidence.AllTrusted)
            return new CorrectedRead(read, read.Bases, []);
        Begin(read.Bases.Length);
        var corrected = (byte[])read.Bases.Clone();
        Weigh(read, 0, corrected.Length);
        while (!evidence.AllTrusted && (TryChange(read, corrected) || TryCloseErrors(read, corrected)))
        {
        }
        TakeBackNeedless(read, corrected);
        return new CorrectedRead(read, corrected, [.. changes.Values]);
    }

    // A change that looked like one while an error nearby stood: with that put right, other reads have the base as it was read.
    private void TakeBackNeedless(Read read, byte[] corrected)
    {
        foreach (var position in changes.Count > 1 ? changes.Keys.ToArray() : [])
        {
            var (seen, put) = (read.Bases[position], corrected[position]);
            if (!evidence.HasOthers(position, Nucleotides.Code(seen)))
                continue;
            corrected[position] = seen;
            evidence.Load(read.Bases, read.Quality, corrected);
            settled[position] = false;
            Weigh(read, position, position + 1);
            if (odds[position] <= 0)
            {
                changes.Remove(position);
                continue;
            }
            corrected[position] = put;
            evidence.Replace(position, Nucleotides.Code(put));
        }
    }

    private void Begin(int length)
    {
        changes.Clear();
        if (odds.Length < length)
        {
            var room = Math.Max(length, 2 * odds.Length);
            (others, odds, settled) = (new Substitution[room], new double[room], new bool[room]);
        }
        settled.AsSpan(0, length).Clear();
    }

    /// <summary>Makes the surest change, or settles which of several that make each other needless is the right one.</summary>
    /// <returns>Whether there was one to look at.</returns>
    private bool TryChange(Read read, byte[] corrected)
    {
        var position = IndexOfMax(odds.AsSpan(0, corrected.Length));
        if (odds[position] <= margin)
            return false;
        var (first, end) = (Math.Max(0, position - evidence.Reach), Math.Min(corrected.Length, position + evidence.Reach + 1));
        evidence.Replace(position, others[position].Code);
        var rivals = Enumerable.Range(first, end - first).Where(i => i != position && odds[i] > margin && evidence.IsTrusted(i)).ToArray();
        if (rivals.Length > 0)
            position = Settle(read, corrected, position, rivals);
        if (position >= 0)
            Put(read, corrected, others[position]);
        Weigh(read, first, end);
        return true;
    }

    /// <summary>Finds which of two changes is the right one, or to be made first.</summary>
    /// <param name="rivals">Bases that other reads confirm after the change; the likeliest of them is looked at.</param>
    /// <returns>Its position, or -1 where it may be either. The evidence then speaks of the read with that change.</returns>
    private int Settle(Read read, byte[] corrected, int position, int[] rivals)
    {
        evidence.Load(read.Bases, read.Quality, corrected);
        var rival = rivals.MaxBy(Likelihood);
        var (change, lead) = (others[position], Likelihood(position) - Likelihood(rival));
        evidence.Replace(rival, others[rival].Code);
        Weigh(read, position, position + 1);
        // Still to be changed: both are wrong, and another read with the same error confirms the rival.
        if (odds[position] > margin)
            return rival;
        others[position] = change;
        settled[rival] = settled[position] = true;
        if (lead < -margin)
            return rival;
        evidence.Load(read.Bases, read.Quality, corrected);
        if (lead <= margin)
            return -1;
        evidence.Replace(position, change.Code);
        return position;

        // That the base is an error, and how many reads have it corrected: what counts among changes of which one is right.
        double Likelihood(int one) => qualities.LogOddsOfOther(read.Quality[one]) + Math.Log(evidence.Count(one, others[one].Code));
    }

    private bool TryCloseErrors(Read read, byte[] corrected)
    {
        var found = closeErrors.Find(read, corrected);
        foreach (var change in found)
            Put(read, corrected, change);
        if (found.Length == 0)
            return false;
        evidence.Load(read.Bases, read.Quality, corrected);
        Weigh(read, 0, corrected.Length);
        return true;
    }

    private void Put(Read read, byte[] corrected, Substitution change)
    {
        corrected[change.Position] = Nucleotides.Letter(change.Code, read.Bases[change.Position]);
        changes[change.Position] = new BaseChange(change.Position, change.LogOdds);
        settled[change.Position] = true;
    }

    private void Weigh(Read read, int first, int end)
    {
        for (var position = first; position < end; position++)
        {
            evidence.PrefetchAhead(position);
            odds[position] = double.NegativeInfinity;
            if (!settled[position] && !evidence.IsTrusted(position) && evidence.Knows(position))
                Weigh(position, qualities.LogOddsOfOther(read.Quality[position]));
        }
    }

    /// <summary>Weighs the likeliest other base against the observed one and the two others.</summary>
    private void Weigh(int position, double logOddsOfOther)
    {
        var (best, bestOdds, rest) = (-1, double.NegativeInfinity, 1.0);
        for (var code = 0; code < 4; code++)
        {
            if (!evidence.IsCandidate(position, code))
                continue;
            var ofCode = logOddsOfOther + evidence.LogRatio(position, code);
            rest += Math.Exp(Math.Min(ofCode, bestOdds));
            if (ofCode > bestOdds)
                (best, bestOdds) = (code, ofCode);
        }
        if (best < 0)
            return;
        others[position] = new Substitution(position, best, bestOdds - logOddsOfOther);
        odds[position] = bestOdds - Math.Log(rest);
    }

    private static int IndexOfMax(ReadOnlySpan<double> values)
    {
        var max = 0;
        for (var i = 1; i < values.Length; i++)
            max = values[i] > values[max] ? i : max;
        return max;
    }
}
