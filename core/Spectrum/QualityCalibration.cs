using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>How often bases of each quality letter are wrong in this data set. Sequencers' qualities are off, most of all the best ones;
/// the errors that the spectrum sees tell by how much: expectation maximization (Dempster et al. 1977) of the error rates, from the rates
/// that the letters stand for.</summary>
internal sealed class QualityCalibration
{
    private const int Rounds = 10;

    // Sampled bases that a letter's nominal rate counts as much as.
    private const double PriorBases = 10_000;

    // Sums of likelihood ratios below this change no rate.
    private const double LeastRatio = 1e-3;

    private readonly double[] logOdds = [.. Enumerable.Range(0, 256).Select(letter => Phred.LogOddsOfOther((byte)letter))];

    private QualityCalibration() { }

    /// <summary>As <see cref="Phred.LogOddsOfOther"/>, for this data set.</summary>
    public double LogOddsOfOther(byte letter) => logOdds[letter];

    /// <summary>Learns from a sample of the reads.</summary>
    /// <param name="coveredShare">The share of errors that can be seen, as other reads cover them.</param>
    public static QualityCalibration Learn(SpectrumEvidence evidence, IReadOnlyList<Read> sample, double coveredShare)
    {
        var bases = new long[256];
        var seen = new List<(byte Letter, double Ratio)>();
        foreach (var read in sample)
        {
            evidence.Load(read.Bases, read.Quality);
            for (var position = 0; position < read.Bases.Length; position++)
            {
                if (!evidence.Knows(position))
                    continue;
                bases[read.Quality[position]]++;
                if (!evidence.IsTrusted(position) && SumOfRatios(evidence, position) is > LeastRatio and var ratio)
                    seen.Add((read.Quality[position], ratio));
            }
        }
        var calibration = new QualityCalibration();
        for (var round = 0; round < Rounds; round++)
            calibration.Refine(bases, seen, coveredShare);
        return calibration;
    }

    private void Refine(long[] bases, List<(byte Letter, double Ratio)> seen, double coveredShare)
    {
        var wrong = new double[bases.Length];
        foreach (var (letter, ratio) in seen)
        {
            var odds = Math.Exp(logOdds[letter]) * ratio;
            wrong[letter] += odds / (1 + odds);
        }
        for (var letter = 0; letter < bases.Length; letter++)
        {
            var chance = (wrong[letter] + PriorBases * Phred.ErrorChance((byte)letter)) / (bases[letter] * coveredShare + PriorBases);
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
