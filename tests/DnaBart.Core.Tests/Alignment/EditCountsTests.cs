using System.Text;
using DnaBart.Alignment;

namespace DnaBart.Core.Tests.Alignment;

public class EditCountsTests
{
    [Theory]
    [InlineData("ACGTACGTACGT", "ACGTACGTACGT", 0, 0, 0)]
    [InlineData("ACGTACGTACGT", "ACCTACGTACGA", 2, 0, 0)]
    [InlineData("ACGTACGTACGT", "ACGTTACGTACGT", 0, 1, 0)]
    [InlineData("ACGTACGTACGT", "ACGACGTACGT", 0, 0, 1)]
    // The second base is lost and one comes at the end: ten substitutions, or two edits.
    [InlineData("ACGTACGTACGT", "AGTACGTACGTC", 0, 1, 1)]
    [InlineData("ACGT", "", 0, 0, 4)]
    [InlineData("", "ACG", 0, 3, 0)]
    [InlineData("AAAAAAAAAAAA", "CCCCCCCCCCCC", 12, 0, 0)]
    public void By_hand(string truth, string read, int substitutions, int insertions, int deletions) =>
        Assert.Equal(new EditCounts(substitutions, insertions, deletions), EditCounts.Between(Encoding.ASCII.GetBytes(truth), Encoding.ASCII.GetBytes(read)));

    [Fact]
    public void The_distance_is_that_of_the_whole_table()
    {
        var random = new Random(3);
        for (var i = 0; i < 300; i++)
        {
            var truth = random.GetItems("ACGT"u8, random.Next(60));
            var read = new List<byte>(truth);
            for (var edits = random.Next(20); edits > 0 && read.Count > 0; edits--)
            {
                var place = random.Next(read.Count);
                if (random.Next(3) is var kind && kind == 0)
                    read.RemoveAt(place);
                else if (kind == 1)
                    read.Insert(place, "ACGT"u8[random.Next(4)]);
                else
                    read[place] = "ACGT"u8[random.Next(4)];
            }

            var counts = EditCounts.Between(truth, [.. read]);

            Assert.Equal(Levenshtein(truth, [.. read]), counts.Distance);
            Assert.Equal(read.Count - truth.Length, counts.Insertions - counts.Deletions);
        }
    }

    private static int Levenshtein(byte[] a, byte[] b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                table[i, j] = i == 0 || j == 0 ? i + j
                    : Math.Min(table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), 1 + Math.Min(table[i - 1, j], table[i, j - 1]));
            }
        }
        return table[a.Length, b.Length];
    }
}
