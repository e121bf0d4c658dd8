using System.Text.Json.Nodes;
using DnaBart.Checkpoints;
using DnaBart.Fixtures;
using DnaBart.IO;

namespace DnaBart.Core.Tests.Checkpoints;

public sealed class BartConfigTests
{
    [Fact]
    public void ReadsAHuggingFaceConfigAndSavesTheSameKeys()
    {
        var path = SharedData.Sample("bart_tiny/config.json");
        var config = BartConfig.Load(path);
        Assert.Equal(96, config.VocabSize);
        Assert.Equal(64, config.MaxPositionEmbeddings);
        Assert.Equal(2, config.EncoderLayers);
        Assert.Equal(3, config.DecoderLayers);
        Assert.Equal(0.05, config.InitStd);
        Assert.Equal(0, config.Dropout);
        AssertSameKeys(path, config);
    }

    [SkippableFact]
    public void ReadsFacebooksBartBaseAndKeepsKeysItDoesNotKnow()
    {
        var path = SharedData.Require("data/formats/bart_base_config_smiles_variant.json");
        var config = BartConfig.Load(path);
        Assert.Equal((768, 6, 12, 3072), (config.DModel, config.EncoderLayers, config.EncoderAttentionHeads, config.EncoderFfnDim));
        Assert.Equal(4, (int)config.Other["num_beams"]!);
        AssertSameKeys(path, config, except: "architectures");
    }

    private static void AssertSameKeys(string path, BartConfig config, params string[] except)
    {
        var original = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        var saved = JsonNode.Parse(config.ToJson())!.AsObject();
        foreach (var (key, value) in original.Where(pair => !except.Contains(pair.Key)))
            Assert.True(JsonNode.DeepEquals(value, saved[key]), $"{key}: {value} became {saved[key]}");
    }

    [Fact]
    public void AbsentKeysTakeHuggingFacesDefaults()
    {
        var config = BartConfig.Parse("{}", "config.json");
        Assert.Equal((50265, 1024, 1024, 12, 16, 4096),
            (config.VocabSize, config.MaxPositionEmbeddings, config.DModel, config.EncoderLayers, config.EncoderAttentionHeads, config.EncoderFfnDim));
        Assert.Equal((0.1, 0.0, 0.0, false), (config.Dropout, config.AttentionDropout, config.ActivationDropout, config.ScaleEmbedding));
        Assert.Equal((0, 1, 2, 2, 2),
            (config.BosTokenId, config.PadTokenId, config.EosTokenId, config.DecoderStartTokenId, config.ForcedEosTokenId));
        Assert.Null(BartConfig.Parse("""{"forced_eos_token_id": null}""", "config.json").ForcedEosTokenId);
    }

    [Theory]
    [InlineData("""{"model_type": "t5"}""", "config.json: model_type: \"t5\" is not supported; \"bart\" expected")]
    [InlineData("""{"activation_function": "relu"}""", "config.json: activation_function: \"relu\" is not supported; \"gelu\" expected")]
    [InlineData("""{"normalize_before": true}""", "config.json: normalize_before: true is not supported; false expected")]
    [InlineData("""{"tie_word_embeddings": false}""", "config.json: tie_word_embeddings: false is not supported; true expected")]
    [InlineData("""{"d_model": 100, "encoder_attention_heads": 12}""", "config.json: encoder_attention_heads: d_model 100 is no multiple of 12 heads")]
    [InlineData("""{"d_model": "64"}""", "config.json: d_model: a whole number, 1 or more, expected, found \"64\"")]
    [InlineData("""{"encoder_layers": 0}""", "config.json: encoder_layers: a whole number, 1 or more, expected, found 0")]
    [InlineData("""{"dropout": 1.0}""", "config.json: dropout: a number from 0 to below 1 expected, found 1.0")]
    [InlineData("""{"vocab_size": 2}""", "config.json: eos_token_id: 2 is no token of a vocabulary of 2")]
    [InlineData("{\"d_model\": 8, \"d_model\": 8}", "config.json: malformed JSON: Duplicate property 'd_model' encountered during deserialization")]
    [InlineData("[]", "config.json: a JSON object expected")]
    public void SaysWhatIsUnsupportedOrInconsistent(string json, string expected) =>
        Assert.Equal(expected, Assert.Throws<InputException>(() => BartConfig.Parse(json, "config.json")).Message);

    [Fact]
    public void PresetsSaveAndLoad()
    {
        foreach (var preset in new[] { BartConfig.Tiny(512), BartConfig.Mini(4096), BartConfig.Base(4096) })
            Assert.Equal(preset.ToJson(), BartConfig.Parse(preset.ToJson(), "preset").ToJson());
        var paper = BartConfig.Base(4096);
        Assert.Equal((4096, 768, 6, 6, 12, 3072, 1024),
            (paper.VocabSize, paper.DModel, paper.EncoderLayers, paper.DecoderLayers, paper.EncoderAttentionHeads, paper.DecoderFfnDim, paper.MaxPositionEmbeddings));
    }
}
