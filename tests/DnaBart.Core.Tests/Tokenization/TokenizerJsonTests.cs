using System.Text;
using System.Text.Json.Nodes;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Tokenization;

namespace DnaBart.Core.Tests.Tokenization;

public class TokenizerJsonTests
{
    private static readonly (string, string)[] SomeMerges = [("A", "A"), ("AA", "C"), ("G", "T")];

    [Fact]
    public void A_saved_file_loads_as_the_same_tokenizer()
    {
        var folder = Directory.CreateTempSubdirectory();
        var original = BpeTokenizer.Load(SharedData.Sample("tokenizer/dnabert2_tokenizer.json"));
        original.Save(Path.Combine(folder.FullName, "tokenizer.json"));
        var copy = BpeTokenizer.Load(folder.FullName);
        var sequence = Encoding.ASCII.GetBytes(Dna.Random(3000, seed: 1) + "NNN");
        Assert.Equal(original.EncodeWithSpecialTokens(sequence), copy.EncodeWithSpecialTokens(sequence));
        Assert.Equal(original.Special, copy.Special);
        Assert.Equal(original.VocabularySize, copy.VocabularySize);
        Assert.Single(folder.GetFiles());
        folder.Delete(recursive: true);
    }

    [Fact]
    public void A_saved_file_states_what_DnaBert2s_own_file_states()
    {
        var path = Path.GetTempFileName();
        BpeTokenizer.Load(SharedData.Sample("tokenizer/dnabert2_tokenizer.json")).Save(path);
        var saved = JsonNode.Parse(File.ReadAllText(path))!;
        File.Delete(path);
        var original = JsonNode.Parse(File.ReadAllText(SharedData.Sample("tokenizer/dnabert2_tokenizer.json")))!;
        saved["decoder"] = null; // ours joins the bases of tokens
        Assert.True(JsonNode.DeepEquals(original, saved));
    }

    [Fact]
    public void Merges_may_be_arrays_of_two()
    {
        var json = TokenizerFile.Json("ACGT", SomeMerges);
        json["model"]!["merges"] = new JsonArray([.. SomeMerges.Select(merge => new JsonArray(merge.Item1, merge.Item2))]);
        Assert.Equal(TokenizerFile.Load(TokenizerFile.Json("ACGT", SomeMerges)).Encode("AACGT"u8), TokenizerFile.Load(json).Encode("AACGT"u8));
    }

    [Theory]
    [InlineData("normalizer", """{"type":"Lowercase"}""", "normalizer is Lowercase")]
    [InlineData("pre_tokenizer", """{"type":"ByteLevel"}""", "pre_tokenizer is ByteLevel")]
    [InlineData("pre_tokenizer", "null", "pre_tokenizer is null")]
    [InlineData("post_processor", """{"type":"RobertaProcessing"}""", "post_processor is RobertaProcessing")]
    [InlineData("truncation", """{"max_length":512}""", "truncation is set")]
    [InlineData("padding", """{"strategy":"BatchLongest"}""", "padding is set")]
    [InlineData("model", """{"type":"WordPiece"}""", "model is WordPiece")]
    public void Unsupported_features_are_named(string field, string value, string message)
    {
        var json = TokenizerFile.Json("ACGT", SomeMerges);
        json[field] = JsonNode.Parse(value);
        AssertRefused(json, message, "is expected");
    }

    [Theory]
    [InlineData("dropout", "0.1")]
    [InlineData("continuing_subword_prefix", "\"##\"")]
    [InlineData("end_of_word_suffix", "\"</w>\"")]
    [InlineData("fuse_unk", "true")]
    [InlineData("byte_fallback", "true")]
    [InlineData("ignore_merges", "true")]
    public void Unsupported_features_of_the_model_are_named(string field, string value)
    {
        var json = TokenizerFile.Json("ACGT", SomeMerges);
        json["model"]![field] = JsonNode.Parse(value);
        AssertRefused(json, field, "not supported");
    }

    [Fact]
    public void Contradictions_are_told()
    {
        AssertRefused(Edit(json => json["model"]!["merges"]!.AsArray().Add("C C")), "merge 4", "\"CC\"", "model.vocab lacks");
        AssertRefused(Edit(json => json["model"]!["merges"]!.AsArray().Add("A")), "merge 4", "not a pair");
        AssertRefused(Edit(json => json["model"]!["vocab"]!["GG"] = 5), "has id 5", "each used once");
        AssertRefused(Edit(json => json["model"]!["vocab"]!["GG"] = 500), "has id 500");
        AssertRefused(Edit(json => json["model"]!["vocab"]!["##A"] = 12), "\"##A\"", "added_tokens");
        AssertRefused(Edit(json => json["model"]!["vocab"]!["[MASK]"] = 3), "\"[MASK]\" has two ids");
        AssertRefused(Edit(json => json["added_tokens"]!.AsArray().RemoveAt(4)), "[MASK]");
        AssertRefused(Edit(json => json["added_tokens"]![4]!["special"] = false), "\"special\"");
        AssertRefused(Edit(json => json["model"]!["unk_token"] = null), "unk_token");
        AssertRefused(Edit(json => json["model"]!.AsObject().Remove("vocab")), "not a Hugging Face tokenizer.json");
        AssertRefused(Edit(json => json["model"]!["vocab"]!["A"] = "five"), "not a Hugging Face tokenizer.json");
        AssertRefused(
            Edit(json => json["post_processor"] = JsonNode.Parse("""{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<bos>"}},{"Sequence":{"id":"A"}}]}""")),
            "\"<bos>\"");
    }

    [Fact]
    public void Malformed_JSON_is_told_with_its_line()
    {
        var error = Assert.Throws<InputException>(() => TokenizerFile.LoadText("{\n\"version\": \n"));
        Assert.Contains(".json:3: not valid JSON", error.Message);
    }

    [Fact]
    public void A_missing_file_is_told() =>
        Assert.Contains("cannot be read", Assert.Throws<InputException>(() => BpeTokenizer.Load("no-such-tokenizer.json")).Message);

    private static JsonObject Edit(Action<JsonObject> edit)
    {
        var json = TokenizerFile.Json("ACGT", SomeMerges);
        edit(json);
        return json;
    }

    private static void AssertRefused(JsonObject json, params string[] parts)
    {
        var error = Assert.Throws<InputException>(() => TokenizerFile.Load(json));
        Assert.All(parts, part => Assert.Contains(part, error.Message));
        Assert.DoesNotContain('\n', error.Message);
    }
}
