using System.Globalization;

namespace DnaBart.Sequences;

/// <summary>Where in a genome a read comes from.</summary>
/// <param name="Sequence">The sequence's name, without its description.</param>
/// <param name="Start">The read's leftmost base on the forward strand, from 0.</param>
/// <param name="Reverse">Whether the read is of the reverse strand.</param>
public sealed record ReadPlace(string Sequence, int Start, bool Reverse)
{
    /// <summary>The place that follows a simulated read's own name, <c>SEQUENCE:POSITION:STRAND</c> with a position from 1; null where
    /// none does.</summary>
    public static ReadPlace? OfName(string readName)
    {
        if (readName.Split((char[])[' ', '\t'], 3) is not [_, var place, ..]
            || place.LastIndexOf(':') is not (> 0 and var strand) || place.LastIndexOf(':', strand - 1) is not (> 0 and var position))
            return null;
        return place[(strand + 1)..] is "+" or "-" && int.TryParse(place[(position + 1)..strand], CultureInfo.InvariantCulture, out var start) && start > 0
            ? new ReadPlace(place[..position], start - 1, place[^1] == '-')
            : null;
    }

    /// <summary>As <see cref="OfName"/> reads it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Sequence}:{Start + 1}:{(Reverse ? '-' : '+')}");
}
