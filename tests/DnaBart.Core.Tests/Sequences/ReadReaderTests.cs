using System.Text;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Sequences;

/// <summary>Reads of a file of either format.</summary>
public sealed class ReadReaderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(">a 1\nACGT\n>b\nNNac\n")]
    [InlineData(">a 1\r\nAC\r\nGT\r\n>b\r\nNNac")]
    public void Reads_of_FASTA_have_one_quality(string text)
    {
        using var reader = ReadReader.Open(Write("r", text));

        var reads = reader.ReadAll().ToList();

        Assert.Equal(ReadFormat.Fasta, reader.Format);
        Assert.Equal(["a 1 ACGT ????", "b NNac ????"], reads.Select(read => $"{read.Name} {Encoding.ASCII.GetString(read.Bases)} {Encoding.ASCII.GetString(read.Quality)}"));
        Assert.Equal(2, reader.Count);
    }

    [Theory]
    [InlineData("@a\nACGT\n+\nIIII\n", 1)]
    [InlineData("", 0)]
    public void What_does_not_begin_as_FASTA_is_FASTQ(string text, int count)
    {
        using var reader = ReadReader.Open(Write("r.fa", text));

        Assert.Equal((ReadFormat.Fastq, count), (reader.Format, reader.ReadAll().Count()));
    }

    [Fact]
    public void Lines_of_FASTA_are_named_in_messages()
    {
        var (good, other, broken) = (Write("1.fa", ">a/1\nAC\nGT\n>b/1\nAC\n"), Write("2.fa", ">a/2\nACGT\n>c/2\nAC\n"), Write("3.fa", ">a/2\nAC\n>b/2\n"));

        Assert.StartsWith("1.fa:4 and 2.fa:3: read names differ, 'b/1' and 'c/2'", Failure(good, other));
        Assert.StartsWith("3.fa:3: the sequence 'b/2' has no bases", Failure(good, broken));
    }

    [Fact]
    public void Mates_are_of_one_format()
    {
        var (fasta, fastq) = (Write("1.fa", ">a/1\nAC\n"), Write("2.fq", "@a/2\nAC\n+\nII\n"));

        Assert.Equal("1.fa is FASTA and 2.fq FASTQ; give both files of a pair in one format", Failure(fasta, fastq));
    }

    [Fact]
    public void FASTA_is_written_on_two_lines_a_read()
    {
        using (var writer = new ReadWriter(folder["out.fa"], format: ReadFormat.Fasta))
        {
            writer.Write(new Read("a 1", "ACGT"u8.ToArray(), "IIII"u8.ToArray()));
            writer.Commit();
        }

        Assert.Equal(">a 1\nACGT\n", File.ReadAllText(folder["out.fa"]));
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(folder[name], text);
        return folder[name];
    }

    private string Failure(string path1, string path2) => Assert.Throws<InputException>(() =>
    {
        using var pairs = ReadPairs.Open(path1, path2);
        pairs.ReadAll().Count();
    }).Message.Replace(folder.Path + "/", "");
}
