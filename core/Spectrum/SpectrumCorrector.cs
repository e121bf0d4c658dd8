using DnaBart.Correction;
using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>Corrects substitutions, and if asked insertions and deletions of a few bases, of one read by the evidence of the others: a base
/// changes where its quality and the spectrum together make another base likelier than all else by a margin. Bases that many reads
/// confirm are never touched, N neither, nor <see cref="ForeignStretches"/>. An instance belongs to one thread.</summary>
public sealed class SpectrumCorrector : IReadCorrector
{
    // Each finds those that the one before laid open; a read that takes more is of something else.
    private const int RoundsOfIndels = 3;

    // Of a read that is searched at once: each change has all of it looked at again.
    private const int LongestPiece = 4096;

    // By which a piece overlaps the next on either side, where it is not believed: some times as far as a change reaches.
    private const int Margin = 512;

    private readonly SpectrumEvidence evidence;
    private readonly OwnKmers own;
    private readonly QualityCalibration qualities;
    private readonly SubstitutionSearch substitutions;
    private readonly IndelFinder? indels;

    /// <param name="logIndelRate">As <see cref="IndelFinder"/> takes it, which puts insertions and deletions right too; null to keep every read's length.</param>
    internal SpectrumCorrector(EvidenceWeights learned, QualityCalibration qualities, double margin, double? logIndelRate)
    {
        (evidence, own, this.qualities) = (new SpectrumEvidence(learned), new OwnKmers(learned.Table), qualities);
        substitutions = new SubstitutionSearch(evidence, qualities, margin);
        indels = logIndelRate is { } rate ? new IndelFinder(learned, own, qualities, rate, margin) : null;
    }

    public long Passes => 0;

    public long ModelReads => 0;

    /// <summary>Whether other reads show every base of the read that was corrected last, as corrected (<see cref="SpectrumEvidence.AllShown"/>).</summary>
    public bool AllShown => evidence.AllShown;

    /// <summary>The evidence that it goes by; speaks of the read that was corrected last, as corrected.</summary>
    internal SpectrumEvidence Evidence => evidence;

    /// <summary>The natural log-odds that a base with this quality letter should be one certain other base, from the error rates of this
    /// data set: the prior that goes with <see cref="SpectrumEvidence.LogRatio(int, int)"/>.</summary>
    public double LogOddsOfOther(byte qualityLetter) => qualities.LogOddsOfOther(qualityLetter);

    public CorrectedRead[] Correct(IReadOnlyList<Read> reads, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return [.. reads.Select(Correct)];
    }

    /// <summary>Corrects a read; name and letter case stay, and, but for insertions and deletions, length and qualities.</summary>
    public CorrectedRead Correct(Read read)
    {
        var corrected = CorrectSubstitutions(read, counted: read);
        for (var round = 0; round < RoundsOfIndels && indels?.Edit(read, corrected.Read, IsSettled) is var (edited, bases); round++)
            corrected = CorrectSubstitutions(edited, counted: read) with { Indels = corrected.Indels + bases };
        return corrected;

        // What one change explains needs no second thought; several close together may be what a missing base shifts.
        bool IsSettled(int start, int end) =>
            Enumerable.Range(start, end - start).All(evidence.IsTrusted) && corrected.Changes.Count(change => change.Position >= start && change.Position < end) < 2;
    }

    /// <summary>Has the evidence speak of a read as corrected.</summary>
    /// <param name="counted">As it was read.</param>
    public void LookAt(CorrectedRead corrected, Read counted)
    {
        evidence.Own = OwnOf(corrected.Read, counted);
        evidence.Load(corrected.Read.Bases, corrected.Read.Quality, corrected.Bases);
    }

    private IReadOnlyDictionary<ulong, int>? OwnOf(Read read, Read counted) => ReferenceEquals(read, counted) ? null : own.Of(counted);

    private CorrectedRead CorrectSubstitutions(Read read, Read counted)
    {
        evidence.Own = OwnOf(read, counted);
        var corrected = read.Bases.Length <= LongestPiece ? substitutions.Correct(read) : CorrectPieces(read);
        var foreign = corrected.Changes.Count == 0 ? [] : ForeignStretches.Find(
            corrected.Changes.Select(change => (change.Position, LogOddsOfOther(read.Quality[change.Position]))), read.Bases.Length, [.. evidence.Breaks()]);
        if (foreign.Count == 0)
            return corrected;
        foreach (var position in foreign)
            corrected.Bases[position] = read.Bases[position];
        evidence.Load(read.Bases, read.Quality, corrected.Bases);
        return corrected with { Changes = [.. corrected.Changes.Where(change => !foreign.Contains(change.Position))] };
    }

    private CorrectedRead CorrectPieces(Read read)
    {
        var corrected = (byte[])read.Bases.Clone();
        var changes = new List<BaseChange>();
        for (var start = 0; start < read.Bases.Length; start += LongestPiece - (2 * Margin))
        {
            var end = Math.Min(read.Bases.Length, start + LongestPiece);
            var (first, last) = (start == 0 ? 0 : start + Margin, end == read.Bases.Length ? end : end - Margin);
            var piece = substitutions.Correct(read with { Bases = read.Bases[start..end], Quality = read.Quality[start..end] });
            piece.Bases.AsSpan((first - start)..(last - start)).CopyTo(corrected.AsSpan(first));
            changes.AddRange(piece.Changes.Select(change => change with { Position = start + change.Position }).Where(change => change.Position >= first && change.Position < last));
            if (end == read.Bases.Length)
                break;
        }
        evidence.Load(read.Bases, read.Quality, corrected);
        return new CorrectedRead(read, corrected, changes);
    }
}
