using System.Text;
using DnaBart.Sequences;
using FsCheck.Xunit;

namespace DnaBart.Core.Tests.Sequences;

public sealed class NucleotidesTests
{
    private const string Letters = "ACGTURYSWKMBDHVNacgturyswkmbdhvn";

    /// <summary>The bases that each ambiguity code stands for (Cornish-Bowden 1985, table 1).</summary>
    private static readonly Dictionary<char, string> Meaning = new()
    {
        ['A'] = "A", ['C'] = "C", ['G'] = "G", ['T'] = "T", ['R'] = "AG", ['Y'] = "CT", ['S'] = "CG", ['W'] = "AT",
        ['K'] = "GT", ['M'] = "AC", ['B'] = "CGT", ['D'] = "AGT", ['H'] = "ACT", ['V'] = "ACG", ['N'] = "ACGT",
    };

    [Fact]
    public void ValidLettersAreThoseOfIupac()
    {
        for (var value = 0; value < 256; value++)
            Assert.Equal(Letters.Contains((char)value) ? -1 : 0, Nucleotides.IndexOfInvalid([(byte)value]));
        Assert.Equal(4, Nucleotides.IndexOfInvalid("ACGT-ACGT"u8));
    }

    [Fact]
    public void CodesAreThoseOfTheFourBases()
    {
        for (var value = 0; value < 256; value++)
            Assert.Equal("ACGT".IndexOf(char.ToUpperInvariant((char)value)) is >= 0 and var code ? code : "Uu".Contains((char)value) ? 3 : -1,
                Nucleotides.Code((byte)value));
    }

    [Fact]
    public void AComplementStandsForTheComplementsOfWhatTheLetterStandsFor()
    {
        foreach (var (letter, bases) in Meaning)
        {
            var complements = string.Concat(bases.Select(b => "TGCA"["ACGT".IndexOf(b)]).Order());
            Assert.Equal(complements, Meaning[(char)Partner.Of((byte)letter)]);
            Assert.Equal(char.ToLowerInvariant((char)Partner.Of((byte)letter)),
                (char)Partner.Of((byte)char.ToLowerInvariant(letter)));
        }
        Assert.Equal((byte)'A', Partner.Of((byte)'U'));
    }

    [Fact]
    public void ReverseComplementReadsTheOtherStrand()
    {
        var other = new byte[8];
        Nucleotides.ReverseComplement("AACGTNr"u8, other);
        Assert.Equal("yNACGTT\0", Encoding.ASCII.GetString(other));
        Assert.Throws<ArgumentException>(() => Nucleotides.ReverseComplement("ACG"u8, new byte[2]));
    }

    [Property]
    public void TwiceTheReverseComplementIsTheStrandItself(byte[] raw)
    {
        var strand = raw.Select(value => (byte)"ACGTRYSWKMBDHVNacgt"[value % 19]).ToArray();
        var (once, twice) = (new byte[strand.Length], new byte[strand.Length]);
        Nucleotides.ReverseComplement(strand, once);
        Nucleotides.ReverseComplement(once, twice);
        Assert.Equal(strand, twice);
    }
}
