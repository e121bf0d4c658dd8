using DnaBart.Sequences;

namespace DnaBart.Spectrum;

/// <summary>How often a right base looks like an error because it is of a copy that no other read shows, as of the elements of a repeat that jump about a genome: other
/// reads have another base in its place, with all around it. Errors look the same, but they are as frequent in repeats as elsewhere.</summary>
internal static class CopyRates
{
    // Of a quality letter, that its nominal rate of errors, as far as all letters together bear it out, counts as much as.
    private const double BasesOfNominal = 100;

    // Errors that all nominal rates count as much as.
    private const double PriorErrors = 3;

    // Standard deviations of the number of errors in a class, more than which is more than chance.
    private const double Chance = 3;

    /// <summary>For each depth class the share of bases that are such: what it has more of than errors by its qualities, of which the class with most bases tells; 0
    /// for that itself.</summary>
    /// <param name="shown">Bases of which other reads show what is right, they or another one in their place, by class and quality letter.</param>
    /// <param name="replaced">Those in whose place they show another one.</param>
    /// <param name="unseen">Those of them that no other read has with all around them, by class. Errors that reads of deep places share are none.</param>
    public static double[] Of(long[][] shown, long[][] replaced, long[] unseen)
    {
        var usual = shown.MaxBy(letters => letters.Sum())!;
        var errors = replaced[Array.IndexOf(shown, usual)];
        var nominal = Enumerable.Range(0, usual.Length).Select(letter => Phred.ErrorChance((byte)letter)).ToArray();
        var ofNominal = (errors.Sum() + PriorErrors) / (ErrorsOf(usual, nominal) + PriorErrors);
        var errorRates = nominal.Select((chance, letter) => (errors[letter] + (BasesOfNominal * ofNominal * chance)) / (usual[letter] + BasesOfNominal)).ToArray();
        return [.. shown.Zip(unseen, (bases, found) => bases == usual ? 0 : MoreThan(ErrorsOf(bases, errorRates), found) / Math.Max(1, bases.Sum()))];
    }

    private static double ErrorsOf(long[] bases, double[] rates) => bases.Zip(rates, (count, rate) => count * rate).Sum();

    private static double MoreThan(double expected, long found) => Math.Max(0, found - expected - (Chance * Math.Sqrt(expected)));
}
