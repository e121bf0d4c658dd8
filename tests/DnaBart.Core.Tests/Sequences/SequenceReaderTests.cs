using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Sequences;

public sealed class SequenceReaderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(">a b\nACGT\nAC\n>c\nGG\n")]
    [InlineData("@a b\nACGTAC\n+\nIIIIII\n@c\nGG\n+\nII\n")]
    public void KnowsTheFormatByItsFirstLetter(string text)
    {
        File.WriteAllText(folder["reads"], text);
        Assert.Equal(["a b ACGTAC", "c GG"], SequenceReader.ReadAll(folder["reads"]).Select(s => $"{s.Name} {System.Text.Encoding.ASCII.GetString(s.Bases)}"));
    }

    [Fact]
    public void ReadsGzipAndRefusesWhatIsNeither()
    {
        Assert.Equal("NC_001422.1", SequenceReader.ReadAll(SharedData.Sample("genomes/phiX174.NC_001422.1.fa.gz")).Single().Name.Split(' ')[0]);
        File.WriteAllText(folder["reads"], "hello\n");
        Assert.Throws<InputException>(() => SequenceReader.ReadAll(folder["reads"]).Count());
    }

    [Theory]
    [InlineData(">a\n", "\n")]
    [InlineData("@a\n", "\n+\n")]
    public void A_long_line_that_comes_in_small_parts_is_looked_through_once(string before, string after)
    {
        var line = new string('A', 8_000_000);
        var text = System.Text.Encoding.ASCII.GetBytes(before + line + after + (after.Length > 1 ? line : ""));
        var watch = System.Diagnostics.Stopwatch.StartNew();

        Assert.Equal(line.Length, SequenceReader.ReadAll(new DrippingStream(text, 4), "long").Single().Bases.Length);

        // A fraction of a second; minutes where it is looked through anew with each part.
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
    }
}
