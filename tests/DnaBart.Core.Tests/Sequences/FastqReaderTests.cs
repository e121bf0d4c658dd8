using System.Text;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Sequences;

public sealed class FastqReaderTests
{
    private static FastqReader Open(string text) => Open(Encoding.Latin1.GetBytes(text));

    private static FastqReader Open(byte[] data) => FastqReader.Open(new MemoryStream(data), "r.fq");

    /// <summary>Name, bases and quality of each record, a line each.</summary>
    private static string Flatten(FastqReader reader)
    {
        var text = new StringBuilder();
        while (reader.TryRead(out var record))
            text.Append($"{Text(record.Name)}|{Text(record.Bases)}|{Text(record.Quality)}\n");
        return text.ToString();
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    [Theory]
    [InlineData("@r1 x\nACGT\n+\nII~!\n@r2\nnN\n+r2\n@+\n", "r1 x|ACGT|II~!\nr2|nN|@+\n")]
    [InlineData("@r1\r\nACGT\r\n+\r\nIIII\r\n", "r1|ACGT|IIII\n")]
    [InlineData("@r1\nACGT\n+\nIIII", "r1|ACGT|IIII\n")]
    [InlineData("@r1\nA\n+\nI\n\n\r\n", "r1|A|I\n")]
    [InlineData("@r1\n\n+\n\n@r2\nA\n+\nI\n", "r1||\nr2|A|I\n")]
    [InlineData("@\u00e9\nUuRYSWKMBDHV\n+\nIIIIIIIIIIII\n", "\u00e9|UuRYSWKMBDHV|IIIIIIIIIIII\n")]
    [InlineData("", "")]
    public void ReadsRecords(string text, string expected)
    {
        Assert.Equal(expected, Flatten(Open(text)));
        Assert.Equal(expected, Flatten(Open([.. GzipSamples.EmptyMember, .. GzipSamples.Gzip(text)])));
        Assert.Equal(expected, Flatten(FastqReader.Open(new DrippingStream(Encoding.Latin1.GetBytes(text), 1), "r.fq")));
    }

    [Theory]
    [InlineData("@a\nA\n+\nI\n>b\nACGT\n", "r.fq:5: a record begins with '@', found '>b'; this looks like FASTA, give FASTQ")]
    [InlineData("@a\nACG\nTAC\n+\nIIIIII\n",
        "r.fq:3: the third line of a record begins with '+', found 'TAC'; sequences wrapped over several lines are not supported, " +
        "unwrap them first (seqtk seq -l0)")]
    [InlineData("@a\nACG\n@b\nACG\n", "r.fq:3: the third line of a record begins with '+', found '@b'")]
    [InlineData("@a\nA\n+\nI\n@b\nACG\n+\nII\n",
        "r.fq:8: 2 quality letters for 3 bases; the record is damaged, or its lines are wrapped")]
    [InlineData("@a\nACXT\n+\nIIII\n", "r.fq:2: 'X' in column 3 is no IUPAC nucleotide letter")]
    [InlineData("@a\nAC\u0001T\n+\nIIII\n", "r.fq:2: byte 0x01 in column 3 is no IUPAC nucleotide letter")]
    [InlineData("@a\nACGT\n+\nII I\n", "r.fq:4: ' ' in column 3 is no quality letter ('!' to '~')")]
    [InlineData("@a\nACGT\n+b\nIIII\n", "r.fq:3: the name after '+' is not the name of the record; lines are missing or mixed up")]
    [InlineData("@a\nA\n+\nI\n\n@b\nA\n+\nI\n", "r.fq:5: a blank line where a record should begin with '@'")]
    [InlineData("@a\nA\n+\nI\n@b\nA\n+", "r.fq:7: the file ends inside a record, after 3 of its 4 lines; it is truncated")]
    [InlineData("@a\nA\n+\nI\n@b", "r.fq:5: the file ends inside a record, after 1 of its 4 lines; it is truncated")]
    [InlineData("@a\nACGT\n+\nII", "r.fq:4: 2 quality letters for 4 bases; the record is damaged, or its lines are wrapped")]
    public void NamesFileLineAndFault(string text, string expected)
    {
        Assert.Equal(expected, Assert.Throws<InputException>(() => Flatten(Open(text))).Message);
        Assert.Equal(expected, Assert.Throws<InputException>(() => Flatten(Open(GzipSamples.Gzip(text)))).Message);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void RecordsDoNotDependOnBlocksOrCompression(string lineEnd)
    {
        var data = Encoding.Latin1.GetBytes(GzipSamples.Fastq(5000, seed: 3, lineEnd));
        var plain = Flatten(Open(data));
        Assert.Equal(5000, plain.Count(letter => letter == '\n'));
        Assert.Equal(plain, Flatten(Open(GzipSamples.Gzip(data))));
        Assert.Equal(plain, Flatten(FastqReader.Open(new DrippingStream(data, 997), "r.fq")));
    }

    [Fact]
    public void RecordsMayBeLongerThanTheBlock()
    {
        var bases = new string('A', 3_000_000);
        var quality = new string('I', bases.Length);
        Assert.Equal($"a|{bases}|{quality}\nb|C|#\n", Flatten(Open($"@a\n{bases}\n+\n{quality}\n@b\nC\n+\n#\n")));
    }

    [Fact]
    public void AFileOfAnotherKindFailsBeforeItIsReadToItsEnd()
    {
        var lines = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("AC\n", 2_000_000)));
        using var stream = new DrippingStream(lines, 1 << 16);
        var reader = FastqReader.Open(stream, "r.fq");
        Assert.Contains("begins with '@'", Assert.Throws<InputException>(() => reader.TryRead(out _)).Message);
        Assert.InRange(stream.Position, 0, 1 << 17);
    }

    [Fact]
    public void ReadingAllocatesNothingARecord()
    {
        var data = Encoding.Latin1.GetBytes(GzipSamples.Fastq(2000, seed: 4));
        // A collection that another test causes counts the rest of this thread's allocation block as used: the least of a few is ours.
        Assert.Equal(0, Enumerable.Range(0, 5).Min(_ => AllocatedBytes(data)));

        static long AllocatedBytes(byte[] data)
        {
            using var reader = Open(data);
            Assert.True(reader.TryRead(out _)); // start-up is not a record's cost
            var before = GC.GetAllocatedBytesForCurrentThread();
            while (reader.TryRead(out _))
            {
            }
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(2000, reader.Count);
            return allocated;
        }
    }

    [Fact]
    public void NamesAMissingFile() =>
        Assert.Equal("no-such.fq: cannot be read (no such file)", Assert.Throws<InputException>(() => FastqReader.Open("no-such.fq")).Message);

    [Fact]
    public void AnEmptyFileThatIsNamedGzipIsTruncated() =>
        Assert.StartsWith("r.fq.gz: holds 0 bytes",
            Assert.Throws<InputException>(() => FastqReader.Open(new MemoryStream(), "r.fq.gz")).Message);

    [Fact]
    public void NamesAFolder()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal($"{folder.Path}: cannot be read (it is a folder)", Assert.Throws<InputException>(() => FastqReader.Open(folder.Path)).Message);
    }

    [Fact]
    public void ReadsEveryReadOfARealSample()
    {
        using var reader = FastqReader.Open(SharedData.Sample("sars_cov_2/reads_R1.fastq.gz"));
        var reads = reader.ReadAll().ToList();
        Assert.Equal(2000, reads.Count);
        Assert.Equal("M01761:444:000000000-J7FJ5:1:1101:10001:18955/1", reads[0].Name);
        Assert.StartsWith("AGTCTTGTAAAAGTGTTCCAGAGG", Text(reads[0].Bases));
        Assert.All(reads, read => Assert.InRange(read.Bases.Length, 200, 251));
    }
}
