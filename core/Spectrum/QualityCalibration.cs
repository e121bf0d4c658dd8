using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>How often bases of each quality letter are wrong in this data set. Sequencers' qualities are off, most of all the best ones;
/// the errors that the spectrum sees tell by how much: expectation maximization (Dempster et al. 1977) of the error rates, from the rates
/// that the letters stand for. Where few reads lie, only bases count on which they would overrule the letter: one or two never do a letter of the
/// best quality, most of its errors are not believed then, and it would pass for better still. What all letters together show to be too many or too few
/// is laid upon each, so that reads in which there are no errors, whatever their qualities say, are soon known as such.</summary>
internal sealed class QualityCalibration
{
    private const int Rounds = 10;

    // Sampled bases that a letter's nominal rate counts as much as, corrected by what all letters show.
    private const double PriorBases = 10_000;

    // Errors that the nominal rates of all letters together count as much as.
    private const double PriorErrors = 3;

    private const double HighestRate = 0.75;

    // Nats by which other reads overrule a letter where they do: seven to one.
    private const double Overruled = 2;

    // Sums of likelihood ratios below this change no rate.
    private const double LeastRatio = 1e-3;

    private readonly double[] logOdds = [.. Enumerable.Range(0, 256).Select(letter => Phred.LogOddsOfOther((byte)letter))];

    private QualityCalibration() { }

    /// <summary>As <see cref="Phred.LogOddsOfOther"/>, for this data set.</summary>
    public double LogOddsOfOther(byte letter) => logOdds[letter];

    /// <summary>Learns from a sample of the reads.</summary>
    /// <param name="newEvidence">Of one thread.</param>
    /// <param name="threads">Does not change the result.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static QualityCalibration Learn(Func<SpectrumEvidence> newEvidence, IReadOnlyList<Read> sample, int threads, CancellationToken cancellation)
    {
        var tallies = SampleTally.Of(sample, () => new Tally(newEvidence()), (tally, read) => tally.Add(read), threads, cancellation);
        var confirmed = SampleTally.Sum(tallies, tally => tally.Confirmed, 256);
        // Sums of floating-point numbers depend on the order, and which thread has seen which read on chance.
        (byte, double)[] seen = [.. tallies.SelectMany(tally => tally.Seen).Order()];
        var calibration = new QualityCalibration();
        for (var round = 0; round < Rounds; round++)
            calibration.Refine(confirmed, seen);
        return calibration;
    }

    private sealed class Tally(SpectrumEvidence evidence)
    {
        public long[] Confirmed { get; } = new long[256];

        public List<(byte Letter, double Ratio)> Seen { get; } = [];

        public void Add(Read read)
        {
            evidence.Load(read.Bases, read.Quality);
            var deep = evidence.IsDeep;
            for (var position = 0; position < read.Bases.Length; position++)
            {
                evidence.PrefetchAhead(position);
                if (!evidence.Knows(position))
                    continue;
                var letter = read.Quality[position];
                var needed = Math.Exp(Overruled - Phred.LogOddsOfOther(letter));
                if (evidence.IsConfirmed(position) && (deep || Math.Exp(evidence.LogRatioIfWrong(position)) > needed))
                    Confirmed[letter]++;
                if (!evidence.IsTrusted(position) && SumOfRatios(evidence, position) is var ratio && ratio > (deep ? LeastRatio : needed))
                    Seen.Add((letter, ratio));
            }
        }
    }

    // Of the bases that other reads say anything of: those confirmed are right. Between errors close together neither the right base nor the
    // wrong one shows, so that what is not seen is no evidence either way.
    private void Refine(long[] confirmed, (byte Letter, double Ratio)[] seen)
    {
        var wrong = new double[confirmed.Length];
        foreach (var (letter, likelihoodRatio) in seen)
        {
            var odds = Math.Exp(logOdds[letter]) * likelihoodRatio;
            wrong[letter] += odds / (1 + odds);
        }
        var expected = confirmed.Select((right, letter) => (right + wrong[letter]) * Phred.ErrorChance((byte)letter)).Sum();
        var ratio = (wrong.Sum() + PriorErrors) / (expected + PriorErrors);
        for (var letter = 0; letter < confirmed.Length; letter++)
        {
            var prior = Math.Min(HighestRate, ratio * Phred.ErrorChance((byte)letter));
            var chance = (wrong[letter] + PriorBases * prior) / (confirmed[letter] + wrong[letter] + PriorBases);
            logOdds[letter] = Math.Log(chance / 3 / (1 - chance));
        }
    }

    /// <summary>P(other reads | another base is right) / P(other reads | the base as it stands is), summed over the three others.</summary>
    private static double SumOfRatios(SpectrumEvidence evidence, int position)
    {
        var sum = 0.0;
        for (var code = 0; code < 4; code++)
            sum += evidence.IsCandidate(position, code) ? Math.Exp(evidence.LogRatio(position, code)) : 0;
        return sum;
    }
}
