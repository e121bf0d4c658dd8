using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Sequences;

/// <summary>The letter that pairs with another: where a read is to have an error, one that it is not.</summary>
internal static class Partner
{
    public static byte Of(byte letter) => Nucleotides.ReverseComplement([letter])[0];
}
