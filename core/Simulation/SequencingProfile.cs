using System.Globalization;
using DnaBart.IO;

namespace DnaBart.Simulation;

/// <summary>How a sequencer's qualities run along a read. A base's error chance is exactly what its Phred value says.</summary>
/// <remarks>The Illumina profiles are a model of our own. A quality is <c>Ceiling - dip</c>, rounded and cut to [2, Ceiling]; a dip is
/// log-normal, <c>m(c) * exp(Spread * z)</c>; its median m grows with the square of the cycle c; z is standard normal and follows its
/// neighbour (a first-order autoregression), since bad cycles come in stretches. The numbers are fitted to what was measured on reads of
/// ART 2.5.8 (Huang et al., Bioinformatics 28:593, 2012). HS25, 150 bp: 0.167 % errors, 77.9 % of reads perfect, 84.5 % of errors below
/// Q25. MSv3, 250 bp: 1.60 % errors, 1.4 % of reads perfect. As in ART's profiles reads differ little from each other: a few very bad
/// reads would make more reads perfect at the same error rate.</remarks>
/// <param name="Name">As the command line spells it.</param>
/// <param name="Length">Bases of a read unless another length is asked for.</param>
/// <param name="Ceiling">The highest quality.</param>
/// <param name="FirstDip">Median dip at the first cycle; 0 gives every base the ceiling.</param>
/// <param name="LastDip">Median dip at cycle <paramref name="Length"/>.</param>
/// <param name="Spread">Standard deviation of a dip's logarithm.</param>
/// <param name="Indels">Whether two thirds of the errors are insertions and deletions, in equal shares.</param>
public sealed record SequencingProfile(string Name, int Length, int Ceiling, double FirstDip, double LastDip, double Spread, bool Indels)
{
    /// <summary>The lowest quality.</summary>
    public const int Floor = 2;

    /// <summary>Correlation of z between neighbouring cycles.</summary>
    public const double Persistence = 0.25;

    private const string UniformPrefix = "uniform:";
    private const int DefaultLength = 150;
    private const int HighestPhred = 93;

    /// <summary>Like ART's HS25: HiSeq 2500, 150 bp.</summary>
    public static SequencingProfile HiSeq { get; } =
        new("hiseq", 150, Ceiling: 41, FirstDip: 2.22, LastDip: 4.88, Spread: 0.8, Indels: false);

    /// <summary>Like ART's MSv3: MiSeq v3, 250 bp.</summary>
    public static SequencingProfile MiSeq { get; } =
        new("miseq", 250, Ceiling: 40, FirstDip: 3.5, LastDip: 15.0, Spread: 0.65, Indels: false);

    /// <summary>The error chance of a base when all are alike; null where it follows from the base's quality.</summary>
    public double? UniformRate { get; private init; }

    /// <summary>Every base is wrong with the same chance, and has the Phred value next to it.</summary>
    public static SequencingProfile Uniform(double rate, bool indels)
    {
        var quality = rate > 0 ? Math.Clamp((int)Math.Round(-10 * Math.Log10(rate)), Floor, HighestPhred) : HighestPhred;
        return new SequencingProfile($"{UniformPrefix}{rate}", DefaultLength, quality, FirstDip: 0, LastDip: 0, Spread: 0, indels)
        {
            UniformRate = rate,
        };
    }

    /// <summary>Reads <c>hiseq</c>, <c>miseq</c>, <c>uniform:RATE</c> or <c>uniform:RATE,indel</c>.</summary>
    /// <exception cref="InputException">It is none of these, or RATE is not from 0 to 0.5.</exception>
    public static SequencingProfile Parse(string text)
    {
        if (text == HiSeq.Name)
            return HiSeq;
        if (text == MiSeq.Name)
            return MiSeq;
        if (text.StartsWith(UniformPrefix, StringComparison.Ordinal) && text[UniformPrefix.Length..].Split(',') is [var number, .. var rest]
            && rest is [] or ["indel"] && double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var rate)
            && rate is >= 0 and <= 0.5)
            return Uniform(rate, rest.Length > 0);
        throw new InputException($"profile '{text}': give hiseq, miseq, uniform:RATE or uniform:RATE,indel, with a RATE from 0 to 0.5");
    }

    /// <summary>The median dip at a cycle, counted from 0.</summary>
    internal double DipAt(int cycle)
    {
        var place = cycle / (double)(Length - 1);
        return FirstDip + (LastDip - FirstDip) * place * place;
    }
}
