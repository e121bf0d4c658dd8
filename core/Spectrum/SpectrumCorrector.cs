using DnaBart.Correction;
using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>Corrects substitutions, and if asked insertions and deletions of a few bases, of one read by the evidence of the others: a base
/// changes where its quality and the spectrum together make another base likelier than all else by a margin. Bases that many reads
/// confirm are never touched, N neither, nor <see cref="ForeignStretches"/>. An instance belongs to one thread.</summary>
public sealed class SpectrumCorrector : IReadCorrector
{
    // Left to right, right to left, and so on: each correction gives its neighbours better k-mers.
    private const int MostPasses = 6;

    // Of one read: one that takes more is of something else.
    private const int MostIndels = 3;

    private const int LowerCase = 0x20;

    private readonly SpectrumEvidence evidence;
    private readonly QualityCalibration qualities;
    private readonly double margin;
    private readonly IndelFinder? indels;

    /// <param name="indels">Puts insertions and deletions right too; null to keep every read's length.</param>
    internal SpectrumCorrector(SpectrumEvidence evidence, QualityCalibration qualities, double margin, IndelFinder? indels) =>
        (this.evidence, this.qualities, this.margin, this.indels) = (evidence, qualities, margin, indels);

    public long Passes => 0;

    public long ModelReads => 0;

    /// <summary>Whether other reads confirm every base of the read that was corrected last, as corrected.</summary>
    public bool AllTrusted => evidence.AllTrusted;

    /// <summary>The evidence that it goes by; speaks of the read that was corrected last, as corrected.</summary>
    public IReadEvidence Evidence => evidence;

    /// <summary>As <see cref="KmerSpectrum.LogOddsOfOther"/>.</summary>
    public double LogOddsOfOther(byte qualityLetter) => qualities.LogOddsOfOther(qualityLetter);

    public CorrectedRead[] Correct(IReadOnlyList<Read> reads, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return [.. reads.Select(Correct)];
    }

    /// <summary>Corrects a read; name and letter case stay, and, but for insertions and deletions, length and qualities.</summary>
    public CorrectedRead Correct(Read read)
    {
        var corrected = CorrectSubstitutions(read);
        for (var edits = 1; edits <= MostIndels && !evidence.AllTrusted && indels?.Edit(corrected.Read, corrected.Bases) is { } edited; edits++)
            corrected = CorrectSubstitutions(edited) with { Indels = edits };
        return corrected;
    }

    private CorrectedRead CorrectSubstitutions(Read read)
    {
        evidence.Load(read.Bases, read.Quality);
        SortedList<int, BaseChange>? changes = null;
        var corrected = read.Bases;
        var changed = true;
        for (var pass = 0; pass < MostPasses && changed && !evidence.AllTrusted; pass++)
        {
            changed = false;
            for (var i = 0; i < read.Bases.Length; i++)
            {
                var position = pass % 2 == 0 ? i : read.Bases.Length - 1 - i;
                if (evidence.IsTrusted(position) || !evidence.Knows(position) || changes?.ContainsKey(position) == true
                    || BestOther(position, read.Quality[position]) is not var (code, odds))
                    continue;
                if (changes is null)
                    (changes, corrected) = ([], [.. read.Bases]);
                evidence.Replace(position, code);
                corrected[position] = (byte)("ACGT"[code] | (read.Bases[position] & LowerCase));
                changes.Add(position, new BaseChange(position, odds));
                changed = true;
            }
        }
        return WithoutForeignStretches(read, corrected, changes is null ? [] : [.. changes.Values]);
    }

    private CorrectedRead WithoutForeignStretches(Read read, byte[] corrected, BaseChange[] changes)
    {
        var foreign = ForeignStretches.Find(changes.Select(change => (change.Position, LogOddsOfOther(read.Quality[change.Position]))), corrected.Length);
        if (foreign.Count == 0)
            return new CorrectedRead(read, corrected, changes);
        evidence.Load(read.Bases, read.Quality);
        var kept = changes.Where(change => !foreign.Contains(change.Position)).ToArray();
        foreach (var change in kept)
            evidence.Replace(change.Position, Nucleotides.Code(corrected[change.Position]));
        foreach (var position in foreign)
            corrected[position] = read.Bases[position];
        return new CorrectedRead(read, corrected, kept);
    }

    /// <summary>The base that wins over the observed one and the two others by the margin, or null.</summary>
    /// <returns>Its code, and the log-odds that the spectrum gives it over the observed base.</returns>
    private (int Code, double LogOdds)? BestOther(int position, byte quality)
    {
        var (best, bestOdds, rest) = (-1, double.NegativeInfinity, 1.0);
        for (var code = 0; code < 4; code++)
        {
            if (!evidence.IsCandidate(position, code))
                continue;
            var odds = qualities.LogOddsOfOther(quality) + evidence.LogRatio(position, code);
            if (odds > bestOdds)
            {
                rest += Math.Exp(bestOdds);
                (best, bestOdds) = (code, odds);
            }
            else
            {
                rest += Math.Exp(odds);
            }
        }
        return best >= 0 && bestOdds - Math.Log(rest) > margin ? (best, bestOdds - qualities.LogOddsOfOther(quality)) : null;
    }
}
