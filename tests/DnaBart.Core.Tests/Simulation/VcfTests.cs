using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Simulation;

namespace DnaBart.Core.Tests.Simulation;

public sealed class VcfTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Variants_are_written_and_read_again()
    {
        Variant[] variants = [new("s", 3, "A", "G"), new("s", 6, "AC", "A"), new("t", 0, "C", "CTT")];

        Vcf.Write(folder["v.vcf"], [("s", 9), ("t", 4)], variants);

        var lines = File.ReadAllLines(folder["v.vcf"]);
        Assert.Equal("##fileformat=VCFv4.3", lines[0]);
        Assert.Contains("##contig=<ID=s,length=9>", lines);
        Assert.Equal(["s\t4\t.\tA\tG\t.\tPASS\t.\tGT\t1", "s\t7\t.\tAC\tA\t.\tPASS\t.\tGT\t1", "t\t1\t.\tC\tCTT\t.\tPASS\t.\tGT\t1"], lines[^3..]);
        Assert.Equal(variants, Read());
    }

    [Theory]
    [InlineData("s\t4\t.\tA", "one ALT of letters")]
    [InlineData("s\t4\t.\tA\tC,G", "one ALT of letters")]
    [InlineData("s\t4\t.\tA\t<DEL>", "one ALT of letters")]
    [InlineData("s\t0\t.\tA\tC", "one ALT of letters")]
    [InlineData("s\t2\t.\tA\tC", "out of order")]
    [InlineData("s\t3\t.\tA\tC", "overlaps the variant before it")]
    public void A_line_that_cannot_be_used_is_named(string line, string message)
    {
        File.WriteAllText(folder["v.vcf"], $"##fileformat=VCFv4.3\n#CHROM\ns\t2\t.\tAC\tA\n{line}\n");

        var error = Assert.Throws<InputException>(() => Read());

        Assert.StartsWith($"{folder["v.vcf"]}:4: ", error.Message);
        Assert.Contains(message, error.Message);
    }

    private List<Variant> Read()
    {
        using var block = InputBlock.Open(folder["v.vcf"]);
        return Vcf.Read(block);
    }
}
