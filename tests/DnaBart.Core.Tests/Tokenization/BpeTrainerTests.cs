using System.Text;
using DnaBart.IO;
using DnaBart.Tokenization;
using FsCheck.Xunit;

namespace DnaBart.Core.Tests.Tokenization;

public class BpeTrainerTests
{
    [Property(MaxTest = 200)]
    public void Chooses_the_merges_of_the_definition(int seed)
    {
        var random = new Random(seed);
        var sequences = new string[1 + random.Next(4)];
        for (var i = 0; i < sequences.Length; i++)
        {
            var length = random.Next(300);
            sequences[i] = (random.Next(2) == 0 ? Dna.Random(length, seed + i) : Dna.Repeats(length, seed + i)) + (random.Next(2) == 0 ? "NNACA" : "");
        }
        var expected = ReferenceBpe.Train(sequences, mergeCount: 60, "ACGT", firstBase: 5, firstMerge: 10);
        var tokenizer = Train(sequences, 70);
        Assert.Equal(10 + expected.Count, tokenizer.VocabularySize);
        for (var i = 0; i < expected.Count; i++)
        {
            var (left, right) = expected[i];
            Assert.Equal([.. tokenizer.BasesOf(left), .. tokenizer.BasesOf(right)], tokenizer.BasesOf(10 + i).ToArray());
        }
    }

    [Fact]
    public void Lays_out_the_vocabulary_as_Bart_does()
    {
        var tokenizer = Train(["ACACGTGT"], 12);
        Assert.Equal(new SpecialTokens(Unknown: 3, Begin: 0, End: 2, Pad: 1, Mask: 4), tokenizer.Special);
        Assert.Equal([0, 1, 2, 3, 4], new[] { "<s>", "<pad>", "</s>", "<unk>", "<mask>" }.Select(token => tokenizer.TokenToId(token)!.Value));
        Assert.Equal([5, 6, 7, 8, 9], new[] { "A", "C", "G", "T", "N" }.Select(token => tokenizer.TokenToId(token)!.Value));
        Assert.Equal([10, 11], new[] { "AC", "GT" }.Select(token => tokenizer.TokenToId(token)!.Value));
        Assert.Equal([0, 10, 9, 11, 2], tokenizer.EncodeWithSpecialTokens("ACNGT"u8));
    }

    [Fact]
    public void Counts_both_strands_if_asked()
    {
        // On one strand AC is most frequent; its reverse complement, GT, only occurs on the other.
        Assert.Null(Train(["ACNACNAC"], 12).TokenToId("GT"));
        var both = BpeTrainer.Train([Encoding.ASCII.GetBytes("ACNACNAC")], 12, new BpeTrainerOptions { BothStrands = true });
        Assert.Equal([10, 11], new[] { "AC", "GT" }.Select(token => both.TokenToId(token)!.Value));
    }

    [Fact]
    public void Lower_case_is_upper_case() => Assert.Equal(10, Train(["acACac"], 11).TokenToId("AC"));

    [Fact]
    public void The_U_of_RNA_is_T() => Assert.Equal(10, Train(["UuNtU"], 11).TokenToId("TT"));

    [Fact]
    public void Single_bases_alone_are_a_vocabulary()
    {
        var tokenizer = Train([], 10);
        Assert.Equal(10, tokenizer.VocabularySize);
        Assert.Equal([5, 6, 7, 8, 9, 5, 9], tokenizer.Encode("ACGTNaR"u8));
        Assert.Equal("ACGTNAN"u8.ToArray(), tokenizer.Decode(tokenizer.EncodeWithSpecialTokens("ACGTNaR"u8)));
        var path = Path.GetTempFileName();
        tokenizer.Save(path);
        Assert.Equal([0, 5, 8, 2], BpeTokenizer.Load(path).EncodeWithSpecialTokens("AT"u8));
        File.Delete(path);
    }

    [Fact]
    public void Stops_where_no_pair_occurs_twice() => Assert.Equal(11, Train(["AAACGT"], 4096).VocabularySize);

    [Theory]
    [InlineData(9)]
    [InlineData(65_536)]
    public void Refuses_sizes_out_of_range(int size) =>
        Assert.Contains("choose 10", Assert.Throws<InputException>(() => Train(["ACGT"], size)).Message);

    [Fact]
    public void Refuses_more_bases_than_it_can_hold_and_says_how_many_it_can()
    {
        var sequences = Enumerable.Repeat<ReadOnlyMemory<byte>>(new byte[1 << 20], 1100);
        var message = Assert.Throws<InputException>(() => BpeTrainer.Train(sequences, 12, new BpeTrainerOptions { BothStrands = true })).Message;
        Assert.StartsWith("1,153,433,600 bases are too many to train on; give at most 1,073,741,795 where both strands count", message);
    }

    private static BpeTokenizer Train(string[] sequences, int size) =>
        BpeTrainer.Train(sequences.Select(sequence => (ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes(sequence)), size);
}
