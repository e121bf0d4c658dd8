using DnaBart.Sequences;
using DnaBart.Spectrum;

namespace DnaBart.Correction;

/// <summary>A read's corrected bases and which of them changed.</summary>
/// <param name="Read">As it was read; with the bases and qualities of insertions and deletions put right, if that was asked for.</param>
/// <param name="Bases">As long as the read; letter case kept.</param>
/// <param name="Changes">Where they differ from the read, by ascending position.</param>
/// <param name="Indels">Bases taken out of the read and put into it.</param>
public sealed record CorrectedRead(Read Read, byte[] Bases, IReadOnlyList<BaseChange> Changes, int Indels = 0)
{
    public bool Changed => Changes.Count + Indels > 0;
}

/// <summary>A base that was changed.</summary>
/// <param name="Position">In the read, from 0.</param>
/// <param name="LogOdds">The natural log-odds for the change, with those next to it, by the model or the other reads; the quality
/// weighed against them.</param>
public readonly record struct BaseChange(int Position, double LogOdds);

/// <summary>Corrects substitutions in reads by a model, joined with the other reads of the data set where their spectrum is given. Reads
/// that the spectrum settles (<see cref="SpectrumCorrector.AllShown"/>) take no pass of the model.</summary>
/// <param name="mistakes">What the model is known to get wrong: it is not proposed, and not taken over from the spectrum, where the read has what the
/// model's genome has.</param>
/// <param name="spectrum">What the other reads say; null for a model alone.</param>
public sealed class ReadCorrector(
    IReadProposer proposer, NoisyChannel channel, Divergence divergence, KnownMistakes mistakes, SpectrumCorrector? spectrum = null) : IReadCorrector
{
    public long Passes => proposer.Passes;

    public long ModelReads { get; private set; }

    public CorrectedRead[] Correct(IReadOnlyList<Read> reads, CancellationToken cancellation = default)
    {
        var (corrected, open) = SettleBySpectrum(reads);
        ModelReads += open.Count;
        var proposals = Propose(corrected, open, cancellation);
        for (var i = 0; i < open.Count; i++)
        {
            if (proposals[i].Count > 0)
                corrected[open[i]] = Decide(corrected[open[i]], reads[open[i]], proposals[i]);
        }
        return corrected;
    }

    /// <summary>All that the model proposes for some reads beside what speaks against it, to estimate their divergence from.</summary>
    /// <returns>The proposals for each read that the model was asked about, and the bases of these reads.</returns>
    public (IReadOnlyList<IReadOnlyList<WeighedProposal>> Proposals, long Bases) Weigh(IReadOnlyList<Read> reads, CancellationToken cancellation)
    {
        var (corrected, open) = SettleBySpectrum(reads);
        var proposals = Propose(corrected, open, cancellation);
        var weighed = open.Select((index, i) => proposals[i].Count == 0 ? [] : WithoutForeign(corrected[index], Distinct(Weigh(corrected[index], reads[index], proposals[i]))));
        return ([.. weighed], open.Sum(index => (long)reads[index].Bases.Length));
    }

    private List<Proposal>[] Propose(CorrectedRead[] corrected, List<int> open, CancellationToken cancellation)
    {
        var reads = open.ConvertAll(index => corrected[index].Read with { Bases = corrected[index].Bases });
        return [.. proposer.Propose(reads, cancellation).Zip(reads, (proposals, read) =>
            proposals.FindAll(proposal => !proposal.Bases.Any(proposed => mistakes.Contains(read.Bases, proposed))))];
    }

    private (CorrectedRead[] Corrected, List<int> Open) SettleBySpectrum(IReadOnlyList<Read> reads)
    {
        var corrected = new CorrectedRead[reads.Count];
        var open = new List<int>();
        for (var i = 0; i < reads.Count; i++)
        {
            corrected[i] = spectrum is null ? new CorrectedRead(reads[i], reads[i].Bases, []) : WithoutMistakes(spectrum.Correct(reads[i]));
            if (spectrum is not { AllShown: true })
                open.Add(i);
        }
        return (corrected, open);
    }

    private CorrectedRead WithoutMistakes(CorrectedRead corrected)
    {
        var read = corrected.Read;
        var kept = corrected.Changes.Where(change => !mistakes.Contains(
            read.Bases, new ProposedBase(change.Position, Nucleotides.Code(corrected.Bases[change.Position])))).ToList();
        foreach (var change in corrected.Changes.Except(kept))
            corrected.Bases[change.Position] = read.Bases[change.Position];
        return corrected with { Changes = kept };
    }

    private CorrectedRead Decide(CorrectedRead start, Read counted, List<Proposal> proposals)
    {
        var weighed = Distinct(Weigh(start, counted, proposals));
        var read = start.Read;
        var bases = (byte[])start.Bases.Clone();
        var logOdds = start.Changes.ToDictionary(change => change.Position, change => change.LogOdds);
        foreach (var proposal in WithoutForeign(start, weighed.Where(Wins)).Select(one => one.Proposal))
        {
            foreach (var proposed in proposal.Bases)
            {
                bases[proposed.Position] = Nucleotides.Letter(proposed.Code, read.Bases[proposed.Position]);
                logOdds[proposed.Position] = proposal.ModelLogOdds;
            }
        }
        var changes = logOdds.Where(change => bases[change.Key] != read.Bases[change.Key])
            .Select(change => new BaseChange(change.Key, change.Value)).OrderBy(change => change.Position);
        return start with { Bases = bases, Changes = [.. changes] };

        bool Wins(WeighedProposal one) => channel.Accepts(channel.LogOdds(
            one, channel.EstimateDivergence([.. weighed.Where(other => other != one)], read.Bases.Length, divergence.For(one))));
    }

    /// <summary>Leaves out what lies in <see cref="ForeignStretches"/>, with the spectrum's changes.</summary>
    private List<WeighedProposal> WithoutForeign(CorrectedRead start, IEnumerable<WeighedProposal> weighed)
    {
        var kept = weighed.ToList();
        var changes = start.Changes.Select(change => change.Position).Concat(kept.SelectMany(one => one.Proposal.Bases, (_, proposed) => proposed.Position));
        // The model may know what lies on the other side of a break.
        var foreign = ForeignStretches.Find(
            changes.Distinct().Order().Select(position => (position, LogOddsOfOther(start.Read, position))), start.Bases.Length, breaks: []);
        kept.RemoveAll(one => one.Proposal.Bases.Any(proposed => foreign.Contains(proposed.Position)));
        return kept;
    }

    private double LogOddsOfOther(Read read, int position) =>
        spectrum?.LogOddsOfOther(read.Quality[position]) ?? Phred.LogOddsOfOther(read.Quality[position]);

    /// <summary>Puts beside each proposal what the qualities and the other reads say.</summary>
    private List<WeighedProposal> Weigh(CorrectedRead start, Read counted, List<Proposal> proposals)
    {
        var read = start.Read;
        spectrum?.LookAt(start, counted);
        return proposals.ConvertAll(proposal => new WeighedProposal(
            proposal,
            proposal.Bases.Sum(proposed =>
            {
                var (seen, stands) = (Nucleotides.Code(read.Bases[proposed.Position]), Nucleotides.Code(start.Bases[proposed.Position]));
                var error = channel.QualityWeight * LogOddsOfOther(read, proposed.Position);
                return stands == seen ? error : proposed.Code == seen ? -error : 0;
            }),
            proposal.Bases.Sum(proposed => spectrum?.Evidence.LogRatio(proposed.Position, proposed.Code) ?? 0),
            // A base is proposed but once a reading.
            proposal.Bases.All(proposed => proposals.Count(other => other.Bases.Contains(proposed)) > 1)));
    }

    /// <summary>Of proposals for the same bases, by two strands, the one that the model is surest of.</summary>
    private static List<WeighedProposal> Distinct(List<WeighedProposal> weighed)
    {
        var taken = new HashSet<int>();
        var distinct = new List<WeighedProposal>();
        foreach (var one in weighed.OrderByDescending(one => one.Proposal.ModelLogOdds + one.OtherLogOdds))
        {
            if (one.Proposal.Bases.Any(proposed => taken.Contains(proposed.Position)))
                continue;
            taken.UnionWith(one.Proposal.Bases.Select(proposed => proposed.Position));
            distinct.Add(one);
        }
        return distinct;
    }
}
