using System.Text;
using System.Text.Json;
using DnaBart.Fixtures;
using DnaBart.Tokenization;

namespace DnaBart.Core.Tests.Tokenization;

public class BpeTokenizerTests
{
    private static readonly BpeTokenizer DnaBert2 = BpeTokenizer.Load(SharedData.Sample("tokenizer/dnabert2_tokenizer.json"));

    [Fact]
    public void Gives_the_ids_of_Hugging_Face_on_every_golden_line()
    {
        var lines = File.ReadAllLines(SharedData.Sample("tokenizer/dnabert2_tokens.jsonl"));
        Assert.Equal(67, lines.Length);
        foreach (var line in lines)
        {
            using var golden = JsonDocument.Parse(line);
            var sequence = golden.RootElement.GetProperty("seq").GetString()!;
            int[] expected = [.. golden.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            Assert.Equal(expected, DnaBert2.EncodeWithSpecialTokens(Encoding.ASCII.GetBytes(sequence)));
            Assert.Equal(expected[1..^1], DnaBert2.Encode(Encoding.ASCII.GetBytes(sequence)));
        }
    }

    [Fact]
    public void Knows_DnaBert2s_special_tokens()
    {
        Assert.Equal(4096, DnaBert2.VocabularySize);
        Assert.Equal(new SpecialTokens(Unknown: 0, Begin: 1, End: 2, Pad: 3, Mask: 4), DnaBert2.Special);
        Assert.Equal(5, DnaBert2.TokenToId("A"));
        Assert.Null(DnaBert2.TokenToId("N"));
        Assert.True(DnaBert2.BasesOf(DnaBert2.Special.Mask).IsEmpty);
        Assert.Equal("TTTT"u8, DnaBert2.BasesOf(21));
    }

    [Theory]
    [InlineData("acgtACGT", "ACGTACGT")]
    [InlineData("ACGT\nACGT \t", "ACGT ACGT")]
    public void Ignores_case_and_the_kind_of_white_space(string sequence, string same) =>
        Assert.Equal(DnaBert2.Encode(Encoding.ASCII.GetBytes(same)), DnaBert2.Encode(Encoding.ASCII.GetBytes(sequence)));

    [Fact]
    public void Never_merges_across_white_space() =>
        Assert.Equal([DnaBert2.TokenToId("A")!.Value, DnaBert2.TokenToId("A")!.Value], DnaBert2.Encode("A A"u8));

    [Fact]
    public void Other_letters_are_N_where_the_vocabulary_has_N_and_unknown_elsewhere()
    {
        var withN = BpeTrainer.Train(["ACACACAC"u8.ToArray()], 12);
        var n = withN.TokenToId("N")!.Value;
        Assert.Equal([withN.TokenToId("AC")!.Value, n, n, n, withN.Special.Unknown, withN.TokenToId("AC")!.Value], withN.Encode("ACNRy*AC"u8));
        Assert.Equal([0, 0, 0, 0], DnaBert2.Encode("NRy*"u8));
    }

    [Fact]
    public void U_is_T_where_the_vocabulary_has_no_U()
    {
        var dna = Dna.Random(300, seed: 6) + "NACGTN" + Dna.Repeats(300, seed: 7);
        // Four letters that merge, five, none, and ranks that do not rise.
        (string, string)[] merges = [("A", "C"), ("T", "T"), ("AC", "TT"), ("G", "T")];
        BpeTokenizer[] tokenizers =
        [
            DnaBert2,
            TokenizerFile.Load(TokenizerFile.Json("ACGTN", [.. merges, ("T", "N"), ("N", "N")])),
            BpeTrainer.Train([], 10),
            TokenizerFile.Load(TokenizerFile.Json("ACGT", Enumerable.Reverse(merges))),
        ];
        Assert.All(tokenizers, tokenizer =>
        {
            var expected = tokenizer.Encode(Encoding.ASCII.GetBytes(dna));
            Assert.Equal(expected, tokenizer.Encode(Encoding.ASCII.GetBytes(dna.Replace('T', 'U'))));
            Assert.Equal(expected, tokenizer.Encode(Encoding.ASCII.GetBytes(dna.Replace('T', 'u'))));
        });
        var withU = TokenizerFile.Load(TokenizerFile.Json("ACGUT", [("A", "U")]));
        Assert.Equal([withU.TokenToId("AU")!.Value, withU.TokenToId("A")!.Value, withU.TokenToId("T")!.Value], withU.Encode("AUAT"u8));
    }

    [Fact]
    public void Decodes_what_it_encoded()
    {
        var sequence = Encoding.ASCII.GetBytes(Dna.Random(5000, seed: 3));
        Assert.Equal(sequence, DnaBert2.Decode(DnaBert2.EncodeWithSpecialTokens(sequence)));
        Assert.Throws<ArgumentOutOfRangeException>(() => DnaBert2.Decode([4096]));
        Assert.Throws<ArgumentOutOfRangeException>(() => DnaBert2.Decode([-1]));
    }

    [Fact]
    public void Span_and_list_get_the_same_ids_and_a_short_span_is_refused()
    {
        var sequence = Encoding.ASCII.GetBytes(Dna.Random(20_000, seed: 4)); // beyond what is kept on the stack
        var expected = DnaBert2.Encode(sequence);
        var span = new int[sequence.Length];
        Assert.Equal(expected, span[..DnaBert2.Encode(sequence, span)]);
        var list = new List<int> { 7 };
        DnaBert2.Encode(sequence, list);
        Assert.Equal([7, .. expected], list);
        Assert.Throws<ArgumentException>(() => DnaBert2.Encode("ACGT"u8, new int[3]));
        Assert.Empty(DnaBert2.Encode([]));
    }

    [Fact]
    public void Encoding_allocates_nothing()
    {
        var sequence = Encoding.ASCII.GetBytes(Dna.Random(150, seed: 5));
        var ids = new int[sequence.Length];
        DnaBert2.Encode(sequence, ids);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            DnaBert2.Encode(sequence, ids);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Many_threads_get_the_same_ids()
    {
        var sequence = Encoding.ASCII.GetBytes(Dna.Random(50_000, seed: 6));
        var expected = DnaBert2.Encode(sequence);
        Parallel.For(0, 8, _ => Assert.Equal(expected, DnaBert2.Encode(sequence)));
    }

    /// <summary>One word of two million bases: an encoder that is not linear does not end.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Encodes_long_repeats()
    {
        foreach (var unit in new[] { "A", "CA", "GATTACA" })
        {
            var sequence = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(unit, 2_000_000 / unit.Length)));
            var ids = await Task.Run(() => DnaBert2.Encode(sequence));
            Assert.Equal(sequence, DnaBert2.Decode(ids));
            // A merge depends on its neighbourhood alone: far from the cut, the encoding of a piece is a piece of the encoding.
            var piece = DnaBert2.Encode(sequence.AsSpan(0, 100_000));
            Assert.Equal(piece[..(piece.Length / 2)], ids[..(piece.Length / 2)]);
        }
    }
}
