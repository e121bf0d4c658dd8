using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Sequences;

public sealed class ReadPairsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Write(string file, params string[] names)
    {
        File.WriteAllText(folder[file], string.Concat(names.Select(name => $"@{name}\nA\n+\nI\n")));
        return folder[file];
    }

    private static string[] Names(ReadPairs pairs)
    {
        using (pairs)
            return pairs.ReadAll().Select(pair => $"{pair.First.Name}={pair.Second.Name}").ToArray();
    }

    private string Failure(Func<ReadPairs> open) =>
        Assert.Throws<InputException>(() => Names(open())).Message.Replace(folder.Path + "/", "");

    [Fact]
    public void MatesHaveTheSameNameUpToTheirNumber()
    {
        var (r1, r2) = (Write("1.fq", "a/1", "b 1:N:0", "c\tx", "d"), Write("2.fq", "a/2", "b 2:N:0", "c", "d"));
        Assert.Equal(["a/1=a/2", "b 1:N:0=b 2:N:0", "c\tx=c", "d=d"], Names(ReadPairs.Open(r1, r2)));
    }

    [Fact]
    public void InterleavedMatesFollowEachOther() =>
        Assert.Equal(["a/1=a/2", "b=b"], Names(ReadPairs.OpenInterleaved(Write("i.fq", "a/1", "a/2", "b", "b"))));

    [Fact]
    public void UnequalNumbersAreAnError()
    {
        var (longer, shorter) = (Write("1.fq", "a", "b", "c"), Write("2.fq", "a", "b"));
        Assert.EndsWith("2.fq ends after 2, 1.fq has more", Failure(() => ReadPairs.Open(longer, shorter)));
        Assert.StartsWith("1.fq:9 and 2.fq: unequal numbers of reads", Failure(() => ReadPairs.Open(longer, shorter)));
        Assert.EndsWith("2.fq ends after 2, 1.fq has more", Failure(() => ReadPairs.Open(shorter, longer)));
        Assert.Equal("i.fq:9: the last read, 'b', has no mate; an interleaved file holds an even number of reads",
            Failure(() => ReadPairs.OpenInterleaved(Write("i.fq", "a", "a", "b"))));
    }

    [Fact]
    public void OtherNamesAreAnError()
    {
        var (r1, r2) = (Write("1.fq", "a/1", "b/1"), Write("2.fq", "a/2", "c/2"));
        Assert.Equal("1.fq:5 and 2.fq:5: read names differ, 'b/1' and 'c/2'; the files do not belong together or reads are missing",
            Failure(() => ReadPairs.Open(r1, r2)));
        Assert.StartsWith("i.fq:1 and i.fq:5: read names differ", Failure(() => ReadPairs.OpenInterleaved(Write("i.fq", "a", "b"))));
    }

    [Fact]
    public void OneFileGivenTwiceIsAnError()
    {
        var file = Write("1.fq", "a");
        File.CreateSymbolicLink(folder["link.fq"], "1.fq");
        Assert.Contains("given for both reads of a pair", Failure(() => ReadPairs.Open(file, folder["link.fq"])));
        Assert.Contains("given for both reads of a pair", Failure(() => ReadPairs.Open("-", "-")));
    }

    [Fact]
    public void ReadsEveryPairOfARealSample()
    {
        var pairs = ReadPairs.Open(SharedData.Sample("sars_cov_2/reads_R1.fastq.gz"), SharedData.Sample("sars_cov_2/reads_R2.fastq.gz"));
        Assert.Equal(2000, Names(pairs).Length);
    }
}
