using System.Text;
using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Sequences;

/// <summary>Whoever gives a file of another format is told which, and what to do.</summary>
public class OtherFormatsTests
{
    [Theory]
    [InlineData("BAM\u0001\u0010\0\0\0@HD\tVN:1.6\n", "samtools fastq")]
    [InlineData("CRAM\u0003\0abc\n", "samtools fastq")]
    [InlineData("\u0028\u00b5\u002f\u00fd\u0004\0\n", "zstd -d")]
    [InlineData("\u00fd7zXZ\0\n", "xz -d")]
    [InlineData("BZh91AY&SY\n", "bzip2 -d")]
    [InlineData("PK\u0003\u0004\n", "unzip")]
    [InlineData("NCBI.sra\u0001\n", "fasterq-dump")]
    [InlineData("\u00ef\u00bb\u00bf@r\nA\n+\nI\n", "byte order mark")]
    public void AreNamedWithWhatToDo(string start, string advice)
    {
        var bytes = Encoding.Latin1.GetBytes(start);

        foreach (var data in new[] { bytes, GzipSamples.Gzip(bytes) })
        {
            Assert.Contains(advice, Assert.Throws<InputException>(() => FastqReader.Open(new MemoryStream(data), "r.fq").Next()).Message);
            Assert.Contains(advice, Assert.Throws<InputException>(() => Fasta(data).ReadAll().First()).Message);
        }
    }

    [Fact]
    public void AreNotSeenInReadsAndSequences()
    {
        Assert.Contains("is damaged or is no FASTQ file", Assert.Throws<InputException>(() => FastqReader.Open(new MemoryStream("BZhang\n"u8.ToArray()), "r.fq").Next()).Message);
        Assert.EndsWith("give a FASTA file", Assert.Throws<InputException>(() => Fasta("PKACGT\n"u8.ToArray()).ReadAll().First()).Message);
    }

    private static FastaReader Fasta(byte[] data) => new(InputBlock.Open(new MemoryStream(data), "g.fa"));
}
