using System.Text;
using DnaBart.Alignment;
using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Alignment;

public class ReferenceGenomeTests
{
    [Fact]
    public void A_genome_beyond_what_a_place_can_count_is_refused_by_its_name()
    {
        var chromosome = new FastaSequence("c", new byte[100_000_000]);

        var error = Assert.Throws<InputException>(() => new ReferenceGenome(Enumerable.Repeat(chromosome, 30), "human.fa"));

        Assert.StartsWith("human.fa: has 3,000,000,000 bases in 30 sequences", error.Message);
    }

    [Fact]
    public void The_text_is_DNA_in_upper_case() =>
        Assert.Equal("ACGTNACGTN", Encoding.ASCII.GetString(new ReferenceGenome([new FastaSequence("c", "ACGUNacgun"u8.ToArray())]).Text[..10]));
}
