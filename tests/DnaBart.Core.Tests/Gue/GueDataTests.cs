using System.IO.Compression;
using System.Text;
using DnaBart.Fixtures;
using DnaBart.Gue;
using DnaBart.IO;

namespace DnaBart.Core.Tests.Gue;

public sealed class GueDataTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("sequence,label\nACGTN,0\nTTga,1\n")]
    [InlineData("sequence,label\r\nACGTN,0\r\nTTga,1\r\n")]
    [InlineData("sequence,label\nACGTN,0\nTTga,1")]
    [InlineData("sequence,label\nACGTN,0\nTTga,1\n\n \n")]
    [InlineData("sequence,label\r\nACGTN,0\r\nTTga,1\r\n\r\n")]
    public void ReadsEitherLineEndAndBlankLinesAtTheEnd(string content) =>
        Assert.Equal([new GueExample("ACGTN", 0), new GueExample("TTGA", 1)], Read(content));

    [Theory]
    [InlineData("seq,label\nACGT,0\n", "x.csv:1:", "header")]
    [InlineData("sequence,label\n", "x.csv:2:", "no examples")]
    [InlineData("sequence,label\n\n", "x.csv:2:", "no examples")]
    [InlineData("sequence,label\nACGT,0\n\nAC,1\n", "x.csv:3:", "blank")]
    [InlineData("sequence,label\nACGT,0\n\n\nAC,1\n", "x.csv:4:", "blank")]
    [InlineData("sequence,label\nACGT,0\nAC", "x.csv:3:", "SEQUENCE,LABEL")]
    [InlineData("sequence,label\nACGT,0\n,1\n", "x.csv:3:", "SEQUENCE,LABEL")]
    [InlineData("sequence,label\nAC-T,0\n", "x.csv:2:", "'-' at base 3")]
    [InlineData("sequence,label\nACGT,2\n", "x.csv:2:", "0 to 1")]
    [InlineData("sequence,label\nACGT,-1\n", "x.csv:2:", "0 to 1")]
    [InlineData("sequence,label\nACGT,\n", "x.csv:2:", "0 to 1")]
    public void AnErrorNamesFileAndLine(string content, string place, string what)
    {
        var message = Assert.Throws<InputException>(() => Read(content)).Message;
        Assert.StartsWith(place, message);
        Assert.Contains(what, message);
    }

    [Fact]
    public void ATruncatedGzipFileIsAnError()
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(Encoding.ASCII.GetBytes("sequence,label\n" + string.Concat(Enumerable.Repeat("ACGTTGCA,1\n", 5000))));
        var path = folder["train.csv.gz"];
        File.WriteAllBytes(path, buffer.ToArray());
        Assert.Equal(5000, GueCsv.Read(path, 2).Count);
        File.WriteAllBytes(path, buffer.ToArray()[..^12]);
        Assert.Throws<InputException>(() => GueCsv.Read(path, 2));
    }

    [Fact]
    public void CountsDuplicatesWithinAndAcrossSplits()
    {
        List<GueExample> Examples(params (string, int)[] rows) => [.. rows.Select(r => new GueExample(r.Item1, r.Item2))];
        var duplicates = GueDuplicates.Count(new Dictionary<GueSplit, List<GueExample>>
        {
            [GueSplit.Train] = Examples(("AA", 0), ("AA", 1), ("CC", 0), ("CC", 0)),
            [GueSplit.Dev] = Examples(("AA", 0), ("GG", 0)),
            [GueSplit.Test] = Examples(("CC", 0), ("CC", 1), ("GG", 1), ("TT", 1)),
        });
        Assert.Equal(new SplitDuplicates(4, 2, 1), duplicates.Within[GueSplit.Train]);
        Assert.Equal(new SplitDuplicates(4, 3, 1), duplicates.Within[GueSplit.Test]);
        Assert.Equal(
            [new(GueSplit.Train, GueSplit.Dev, 1), new(GueSplit.Train, GueSplit.Test, 2), new(GueSplit.Dev, GueSplit.Test, 1)],
            duplicates.Across.AsEnumerable());
    }

    [Fact]
    public void GitBlobIdIsGits() =>
        Assert.Equal("3b18e512dba79e4c8300dd08aeb37f8e728b8dad", GueCheck.GitBlobId("hello world\n"u8));

    [SkippableFact]
    public void TheThirteenWholeSetsAreThePublishedOnes()
    {
        var folder = new GueFolder(SharedData.Require("data/gue"));
        var whole = GueCatalogue.All.Where(folder.IsWhole).Select(d => GueCheck.Run(folder, d)).ToList();
        Assert.Equal(13, whole.Count);
        Assert.All(whole, finding => Assert.All(finding.Files, f => Assert.Equal(
            (GueFileState.Published, finding.Dataset.Rows(f.Split)), (f.State, f.Rows))));
        var tf4 = whole.Single(f => f.Dataset.Task == "tf/4").Duplicates.Within[GueSplit.Train];
        Assert.Equal((19_000, 15_211), (tf4.Rows, tf4.Distinct));
    }

    [SkippableFact]
    public void CrlfCopiesArePublishedAndAChangedOneIsNot()
    {
        var dataset = GueCatalogue.Find("mouse/3");
        var original = new GueFolder(SharedData.Require("data/gue"));
        var text = string.Concat(original.Read(dataset, GueSplit.Dev).Select(e => $"{e.Sequence},{e.Label}\n"));
        var target = Directory.CreateDirectory(folder["GUE/mouse/3"]).FullName;
        File.WriteAllText(Path.Combine(target, "dev.csv"), ("sequence,label\n" + text).Replace("\n", "\r\n"));
        File.WriteAllText(Path.Combine(target, "test.csv"), "sequence,label\n" + text[..^2] + "7\n");
        File.WriteAllText(Path.Combine(target, "train.csv"), "sequence,label\n" + text);

        var files = GueCheck.Run(new GueFolder(folder.Path), dataset).Files.ToDictionary(f => f.Split);
        Assert.Equal(GueFileState.Published, files[GueSplit.Dev].State);
        Assert.Equal(GueFileState.Broken, files[GueSplit.Test].State);
        Assert.Equal((GueFileState.Different, "239 rows, published 1,904"), (files[GueSplit.Train].State, files[GueSplit.Train].Problem));
    }

    private static List<GueExample> Read(string content) => GueCsv.Read(new MemoryStream(Encoding.UTF8.GetBytes(content)), "x.csv", 2);
}
