using System.IO.Compression;
using System.Text;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Sequences;

public sealed class ReadWriterTests
{
    private static void Copy(string text, string path, int threads)
    {
        using var reader = FastqReader.Open(new MemoryStream(Encoding.Latin1.GetBytes(text)), "in.fq");
        using var writer = new ReadWriter(path, threads);
        while (reader.TryRead(out var record))
            writer.Write(record.Name, record.Bases, record.Quality);
        writer.Commit();
    }

    private static byte[] Inflate(byte[] data)
    {
        var text = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(data), CompressionMode.Decompress);
        gzip.CopyTo(text);
        return text.ToArray();
    }

    [Fact]
    public void WritesWhatWasRead()
    {
        using var folder = new TemporaryFolder();
        var text = GzipSamples.Fastq(3000, seed: 7);
        Copy(text, folder["out.fq"], 1);
        Assert.Equal(text, File.ReadAllText(folder["out.fq"], Encoding.Latin1));
    }

    [Fact]
    public void CompressedBytesDoNotDependOnThreads()
    {
        using var folder = new TemporaryFolder();
        var text = GzipSamples.Fastq(3000, seed: 8);
        Copy(text, folder["1.fq.gz"], 1);
        Copy(text, folder["5.fq.gz"], 5);
        var compressed = File.ReadAllBytes(folder["1.fq.gz"]);
        Assert.Equal(compressed, File.ReadAllBytes(folder["5.fq.gz"]));
        Assert.Equal(text, Encoding.Latin1.GetString(Inflate(compressed)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(0xff00)]
    [InlineData(300_000)]
    public void BlocksFollowTheBgzfSpecification(int length)
    {
        var data = new byte[length];
        new Random(9).NextBytes(data); // does not compress: the largest blocks there are
        var output = new MemoryStream();
        using (var bgzf = new BgzfWriter(output, threads: 2))
        {
            bgzf.Write(data);
            bgzf.Complete();
        }
        var blocks = output.ToArray();
        var inflated = new List<byte>();
        var start = 0;
        var size = 0;
        while (start < blocks.Length)
        {
            Assert.Equal<byte>([0x1f, 0x8b, 8, 4], blocks[start..(start + 4)]);
            Assert.Equal<byte>([6, 0, (byte)'B', (byte)'C', 2, 0], blocks[(start + 10)..(start + 16)]);
            size = BitConverter.ToUInt16(blocks, start + 16) + 1;
            inflated.AddRange(Inflate(blocks[start..(start + size)]));
            start += size;
        }
        Assert.Equal(data, inflated);
        // The end-of-file block as the SAM specification gives it, section 4.1.2.
        Assert.Equal("1F8B08040000000000FF0600424302001B0003000000000000000000", Convert.ToHexString(blocks[^size..]));
    }

    [Fact]
    public void WithoutACommitNothingIsLeftAndAnEarlierFileStays()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["out.fq.gz"], "earlier");
        using (var writer = new ReadWriter(folder["out.fq.gz"]))
            writer.Write(new Read("a", "ACGT"u8.ToArray(), "IIII"u8.ToArray()));
        Assert.Equal("earlier", File.ReadAllText(folder["out.fq.gz"]));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void WhereOneOfSeveralCannotBeMadeWholeNoneHasItsName()
    {
        using var folder = new TemporaryFolder();
        using (var whole = new ReadWriter(folder["out.fq"]))
        using (var broken = new ReadWriter("/dev/full"))
        {
            whole.Write(new Read("a", "ACGT"u8.ToArray(), "IIII"u8.ToArray()));
            broken.Write(new Read("a", "ACGT"u8.ToArray(), "IIII"u8.ToArray()));
            Assert.Throws<IOException>(() => ReadWriter.Commit([whole, broken]));
            // Its disposal tries once more.
            Assert.Throws<IOException>(broken.Dispose);
        }
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void LengthsThatDifferAreRefused()
    {
        using var writer = new ReadWriter(new MemoryStream());
        Assert.Throws<ArgumentException>(() => writer.Write("a"u8, "ACGT"u8, "III"u8));
    }

    [Fact]
    public void NamesAFolderThatIsMissing() =>
        Assert.Contains("cannot be written", Assert.Throws<InputException>(() => new ReadWriter("no/such/folder/out.fq")).Message);
}
