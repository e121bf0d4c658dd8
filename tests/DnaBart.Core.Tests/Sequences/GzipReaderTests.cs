using System.Text;
using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Sequences;

public sealed class GzipReaderTests
{
    private const string First = "@a\nACGTACGTTA\n+\nIIIIIIIIII\n";
    private const string Second = "@b\nGGGG\n+\n####\n";

    private static List<string> Names(byte[] data, int bytesPerRead = int.MaxValue)
    {
        using var reader = FastqReader.Open(new DrippingStream(data, bytesPerRead), "r.fq.gz");
        return reader.ReadAll().Select(read => read.Name).ToList();
    }

    private static string Failure(byte[] data, int bytesPerRead = int.MaxValue) =>
        Assert.Throws<InputException>(() => Names(data, bytesPerRead)).Message;

    private static readonly byte[] Member1 = GzipSamples.Gzip(First);
    private static readonly byte[] Member2 = GzipSamples.Gzip(Second);

    /// <summary>Reads of one byte, of a whole member (so that what follows comes in a read of its own), and of everything.</summary>
    public static TheoryData<int> BytesPerRead => [1, 2, 5, Member1.Length, int.MaxValue];

    [Theory]
    [MemberData(nameof(BytesPerRead))]
    public void ReadsAllMembers(int bytesPerRead) =>
        Assert.Equal(["a", "b", "a", "b"],
            Names([.. Member1, .. Member2, .. GzipSamples.EmptyMember, .. GzipSamples.Gzip(First + Second)], bytesPerRead));

    [Theory]
    [MemberData(nameof(BytesPerRead))]
    public void ARecordMaySpanMembers(int bytesPerRead) =>
        Assert.Equal(["a"], Names([.. GzipSamples.Gzip(First[..7]), .. GzipSamples.Gzip(First[7..])], bytesPerRead));

    [Theory]
    [MemberData(nameof(BytesPerRead))]
    public void EveryTruncationIsAnError(int bytesPerRead)
    {
        byte[] whole = [.. Member1, .. Member2];
        for (var length = 2; length < whole.Length; length++)
            if (length != Member1.Length)
                Assert.Matches("^r.fq.gz:[1-9]: the gzip data (end early, the file is truncated|are followed by bytes that are not gzip)",
                    Failure(whole[..length], bytesPerRead));
    }

    [Fact]
    public void TruncationOfALongFileIsNamedWithItsLine()
    {
        var whole = GzipSamples.Gzip(GzipSamples.Fastq(20_000, seed: 5));
        foreach (var length in new[] { 100, 8192, 65536, whole.Length / 2, whole.Length - 9, whole.Length - 8, whole.Length - 1 })
            Assert.Matches(@"^r\.fq\.gz:\d+: the gzip data end early, the file is truncated; fetch it again$", Failure(whole[..length]));
    }

    [Theory]
    [MemberData(nameof(BytesPerRead))]
    public void BytesBehindTheDataAreAnError(int bytesPerRead)
    {
        foreach (var garbage in new byte[][] { [0], [0x1f], [0x1f, 0], new byte[512], new byte[100_000], Encoding.ASCII.GetBytes(Second) })
            Assert.Matches("the gzip data (are followed by bytes that are not gzip|are damaged|end early)",
                Failure([.. Member1, .. garbage], bytesPerRead));
    }

    [Fact]
    public void PlainTextBehindTheDataIsNamedAsSuch() =>
        Assert.Equal("r.fq.gz:5: the gzip data are followed by bytes that are not gzip; fetch or compress the file again",
            Failure([.. Member1, .. Encoding.ASCII.GetBytes(Second)]));

    [Fact]
    public void AWrongChecksumIsAnError()
    {
        byte[] data = [.. Member1, .. Member2];
        data[Member1.Length - 6] ^= 1;
        Assert.Equal("r.fq.gz:1: the gzip data are damaged (bad format or checksum); fetch the file again", Failure(data));
    }
}
