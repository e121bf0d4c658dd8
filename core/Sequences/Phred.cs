namespace DnaBart.Sequences;

/// <summary>Phred qualities (Ewing and Green, Genome Res. 8:186, 1998) as FASTQ spells them: letter - 33 = -10 log10(error chance).</summary>
public static class Phred
{
    // Lower qualities mean "unknown" rather than a measured chance of an error (Illumina's Q2 tail).
    private const int LowestMeasured = 3;

    private static readonly double[] Chances =
        [.. Enumerable.Range(0, 256).Select(letter => Math.Pow(10, -Math.Clamp(letter - 33, LowestMeasured, 93) / 10.0))];

    private static readonly double[] LogOdds = [.. Chances.Select(chance => Math.Log(chance / 3 / (1 - chance)))];

    /// <summary>The chance that a base with this quality letter is wrong.</summary>
    public static double ErrorChance(byte letter) => Chances[letter];

    /// <summary>The natural log-odds that a base with this quality letter should be one certain other base rather than what it is, when
    /// nothing else is known: errors are taken to be uniform over the three other bases.</summary>
    public static double LogOddsOfOther(byte letter) => LogOdds[letter];
}
