using System.Text;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Sequences;
using FsCheck;
using FsCheck.Xunit;

namespace DnaBart.Core.Tests.Sequences;

public sealed class FastaReaderTests
{
    private static string Flatten(byte[] data, int bytesPerRead = int.MaxValue)
    {
        using var reader = new FastaReader(InputBlock.Open(new DrippingStream(data, bytesPerRead), "g.fa"));
        return string.Join(';', reader.ReadAll().Select(sequence => $"{sequence.Name}|{Encoding.Latin1.GetString(sequence.Bases)}"));
    }

    [Theory]
    [InlineData(">a b c\nACGT\nNNac\n>d\nT\n", "a b c|ACGTNNac;d|T")]
    [InlineData(">a\r\nAC\r\nGT\r\n", "a|ACGT")]
    [InlineData("\n\n>a\nAC\n\nGT\n\n", "a|ACGT")]
    [InlineData(">a\nAC", "a|AC")]
    public void ReadsSequences(string text, string expected)
    {
        Assert.Equal(expected, Flatten(Encoding.Latin1.GetBytes(text)));
        Assert.Equal(expected, Flatten(Encoding.Latin1.GetBytes(text), bytesPerRead: 1));
        Assert.Equal(expected, Flatten(GzipSamples.Gzip(text)));
    }

    [Theory]
    [InlineData("", "g.fa: holds no sequence; give a FASTA file")]
    [InlineData("\n\n", "g.fa: holds no sequence; give a FASTA file")]
    [InlineData("\nACGT\n", "g.fa:2: a FASTA file begins with '>', found 'ACGT'; give a FASTA file")]
    [InlineData("@r\nA\n+\nI\n", "g.fa:1: a FASTA file begins with '>', found '@r'; this looks like FASTQ, give FASTA")]
    [InlineData(">a\nAC\nA-C\n", "g.fa:3: '-' in column 2 is no IUPAC nucleotide letter")]
    [InlineData(">a\nAC\n>b\n>c\nA\n", "g.fa:3: the sequence 'b' has no bases")]
    [InlineData(">a\nAC\n>b", "g.fa:3: the sequence 'b' has no bases")]
    public void NamesFileLineAndFault(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<InputException>(() => Flatten(Encoding.Latin1.GetBytes(text))).Message);

    [Fact]
    public void ATruncatedGenomeIsAnError()
    {
        var data = File.ReadAllBytes(SharedData.Sample("genomes/phiX174.NC_001422.1.fa.gz"));
        Assert.Matches(@"^g\.fa:\d+: the gzip data end early", Assert.Throws<InputException>(() => Flatten(data[..^100])).Message);
    }

    [Theory]
    [InlineData("genomes/phiX174.NC_001422.1.fa.gz", 5386, "NC_001422.1 Escherichia phage phiX174, complete genome")]
    [InlineData("genomes/SARS-CoV-2.NC_045512.2.fa.gz", 29903,
        "NC_045512.2 Wuhan seafood market pneumonia virus isolate Wuhan-Hu-1, complete genome")]
    public void ReadsRealGenomes(string file, int length, string name)
    {
        using var reader = FastaReader.Open(SharedData.Sample(file));
        var genome = Assert.Single(reader.ReadAll());
        Assert.Equal((name, length), (genome.Name, genome.Bases.Length));
    }

    [SkippableFact]
    public void ReadsTheYeastGenome()
    {
        using var reader = FastaReader.Open(SharedData.Require("data/genomes/S_cerevisiae.R64-1-1.toplevel.fa.gz"));
        var chromosomes = reader.ReadAll().ToList();
        Assert.Equal((17, 12_157_105), (chromosomes.Count, chromosomes.Sum(chromosome => chromosome.Bases.Length)));
    }

    [Fact]
    public void AGenomeIsReadAsDna()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["rna.fa"], ">a\nACGUN\nacgun\n");
        Assert.Equal("ACGTNacgtn", Encoding.ASCII.GetString(Assert.Single(FastaReader.ReadFiles([folder["rna.fa"]])).Bases));
    }

    [Property]
    public void LineWidthDoesNotMatter(byte[] raw, PositiveInt width, PositiveInt bytesPerRead)
    {
        var bases = "A" + string.Concat(raw.Select(value => "ACGTNacgtn"[value % 10]));
        var lines = string.Join("\n", bases.Chunk(width.Get).Select(line => new string(line)));
        Assert.Equal($"a|{bases};b|{bases}", Flatten(Encoding.ASCII.GetBytes($">a\n{lines}\n>b\n{lines}\n"), bytesPerRead.Get));
    }
}
