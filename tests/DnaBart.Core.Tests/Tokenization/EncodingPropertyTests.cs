using System.Text;
using System.Text.Json;
using DnaBart.Fixtures;
using DnaBart.Sequences;
using DnaBart.Tokenization;
using FsCheck.Xunit;

namespace DnaBart.Core.Tests.Tokenization;

/// <summary>The encoder against the definition of byte-pair encoding.</summary>
public class EncodingPropertyTests
{
    private static readonly (string, string)[] DnaBert2Merges = ReadMerges(SharedData.Sample("tokenizer/dnabert2_tokenizer.json"));
    private static readonly BpeTokenizer DnaBert2 = BpeTokenizer.Load(SharedData.Sample("tokenizer/dnabert2_tokenizer.json"));

    [Property(MaxTest = 300)]
    public void DnaBert2_on_random_DNA(int seed) => AssertLikeReference(DnaBert2, DnaBert2Merges, Dna.Random(1 + new Random(seed).Next(250), seed));

    [Property(MaxTest = 300)]
    public void DnaBert2_on_repeats(int seed) => AssertLikeReference(DnaBert2, DnaBert2Merges, Dna.Repeats(1 + new Random(seed).Next(250), seed));

    [Theory]
    [InlineData('A')]
    [InlineData('C')]
    [InlineData('G')]
    [InlineData('T')]
    public void DnaBert2_on_every_homopolymer(char letter)
    {
        for (var length = 1; length <= 200; length++)
            AssertLikeReference(DnaBert2, DnaBert2Merges, new string(letter, length));
    }

    /// <summary>Megabases against the queue, which follows the definition (the reference's time is quadratic).</summary>
    [SkippableFact]
    public void DnaBert2_on_chromosomes()
    {
        using var genome = FastaReader.Open(SharedData.Require("data/genomes/S_cerevisiae.R64-1-1.toplevel.fa.gz"));
        var letterId = new int[256];
        foreach (var letter in "ACGT")
            letterId[letter] = DnaBert2.TokenToId(letter.ToString())!.Value;
        var queue = new MergeQueueEncoder(letterId, TokenizerJson.Read(SharedData.Sample("tokenizer/dnabert2_tokenizer.json")).Merges);
        foreach (var chromosome in genome.ReadAll().Take(3))
        {
            var expected = new int[chromosome.Bases.Length];
            var count = queue.Encode(chromosome.Bases, expected);
            Assert.Equal(expected[..count], DnaBert2.Encode(chromosome.Bases));
        }
    }

    /// <summary>Each merge joins two earlier tokens, as training does, but they need not occur side by side, and two merges may
    /// have one result.</summary>
    [Property(MaxTest = 500)]
    public void Random_vocabularies_of_rising_ranks(int seed) => CheckRandomVocabulary(seed, shuffle: false);

    /// <summary>Merges may need tokens that later merges make.</summary>
    [Property(MaxTest = 500)]
    public void Random_vocabularies_in_any_order(int seed) => CheckRandomVocabulary(seed, shuffle: true);

    private static void CheckRandomVocabulary(int seed, bool shuffle)
    {
        var random = new Random(seed);
        var letters = "ACGTNW"[..(1 + random.Next(6))];
        var tokens = letters.Select(letter => letter.ToString()).ToList();
        var merges = new List<(string Left, string Right)>();
        for (var i = random.Next(40); i > 0; i--)
        {
            var merge = (Left: tokens[random.Next(tokens.Count)], Right: tokens[random.Next(tokens.Count)]);
            if (merges.Contains(merge) || merge.Left.Length + merge.Right.Length > 12)
                continue;
            merges.Add(merge);
            tokens.Add(merge.Left + merge.Right);
        }
        var order = merges.ToArray();
        if (shuffle)
            random.Shuffle(order);
        var tokenizer = TokenizerFile.Load(TokenizerFile.Json(letters, order));
        for (var i = 0; i < 20; i++)
            AssertLikeReference(tokenizer, order, new string(random.GetItems<char>(letters, 1 + random.Next(60))));
    }

    private static void AssertLikeReference(BpeTokenizer tokenizer, IReadOnlyList<(string, string)> merges, string bases)
    {
        var expected = ReferenceBpe.Encode(bases, merges).Select(token => tokenizer.TokenToId(token)!.Value);
        Assert.Equal(expected, tokenizer.Encode(Encoding.ASCII.GetBytes(bases)));
    }

    private static (string, string)[] ReadMerges(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var merges = json.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray();
        return [.. merges.Select(merge => merge.GetString()!.Split(' ')).Select(parts => (parts[0], parts[1]))];
    }
}
