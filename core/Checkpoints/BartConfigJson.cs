using System.Text.Json;
using System.Text.Json.Nodes;
using DnaBart.IO;

namespace DnaBart.Checkpoints;

/// <summary>Translates <see cref="BartConfig"/> from and to Hugging Face's <c>config.json</c>.</summary>
internal static class BartConfigJson
{
    /// <summary>Keys with the only value this model implements. What differs changes the network, so it must not load silently.</summary>
    private static readonly (string Key, JsonNode Only)[] Fixed =
    [
        ("model_type", "bart"),
        ("activation_function", "gelu"),
        ("is_encoder_decoder", true),
        ("tie_word_embeddings", true),
        ("normalize_before", false),
        ("normalize_embedding", true),
        ("add_final_layer_norm", false),
        ("static_position_embeddings", false),
    ];

    public static BartConfig Parse(string json, string path)
    {
        JsonObject keys;
        try
        {
            keys = JsonNode.Parse(json, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject ?? throw new InputException($"{path}: a JSON object expected");
        }
        catch (JsonException e)
        {
            throw InputException.MalformedJson(path, e);
        }
        foreach (var (key, only) in Fixed)
            if (keys[key] is { } value && !JsonNode.DeepEquals(value, only))
                throw new InputException($"{path}: {key}: {value.ToJsonString()} is not supported; {only.ToJsonString()} expected");

        // Keys that are read are taken out; the rest is kept as it is.
        T Take<T>(string key, T fallback, string expected, Func<T, bool> valid)
        {
            if (!keys.Remove(key, out var node) || node is null)
                return fallback;
            return node is JsonValue value && value.TryGetValue<T>(out var result) && valid(result)
                ? result
                : throw new InputException($"{path}: {key}: {expected} expected, found {node.ToJsonString()}");
        }
        int Size(string key, int fallback) => Take(key, fallback, "a whole number, 1 or more,", n => n > 0);
        int Token(string key, int fallback) => Take(key, fallback, "a token id", n => n >= 0);
        double Rate(string key, double fallback) => Take(key, fallback, "a number from 0 to below 1", p => p is >= 0 and < 1);

        var defaults = new BartConfig();
        int? forcedEos = keys.ContainsKey("forced_eos_token_id") && keys["forced_eos_token_id"] is null
            ? null
            : Token("forced_eos_token_id", defaults.EosTokenId);
        keys.Remove("forced_eos_token_id");
        var config = new BartConfig
        {
            VocabSize = Size("vocab_size", defaults.VocabSize),
            MaxPositionEmbeddings = Size("max_position_embeddings", defaults.MaxPositionEmbeddings),
            DModel = Size("d_model", defaults.DModel),
            EncoderLayers = Size("encoder_layers", defaults.EncoderLayers),
            EncoderAttentionHeads = Size("encoder_attention_heads", defaults.EncoderAttentionHeads),
            EncoderFfnDim = Size("encoder_ffn_dim", defaults.EncoderFfnDim),
            DecoderLayers = Size("decoder_layers", defaults.DecoderLayers),
            DecoderAttentionHeads = Size("decoder_attention_heads", defaults.DecoderAttentionHeads),
            DecoderFfnDim = Size("decoder_ffn_dim", defaults.DecoderFfnDim),
            Dropout = Rate("dropout", defaults.Dropout),
            AttentionDropout = Rate("attention_dropout", defaults.AttentionDropout),
            ActivationDropout = Rate("activation_dropout", defaults.ActivationDropout),
            InitStd = Take("init_std", defaults.InitStd, "a positive number", std => std > 0),
            ScaleEmbedding = Take("scale_embedding", defaults.ScaleEmbedding, "true or false", _ => true),
            BosTokenId = Token("bos_token_id", defaults.BosTokenId),
            PadTokenId = Token("pad_token_id", defaults.PadTokenId),
            EosTokenId = Token("eos_token_id", defaults.EosTokenId),
            DecoderStartTokenId = Token("decoder_start_token_id", defaults.DecoderStartTokenId),
            ForcedEosTokenId = forcedEos,
            Other = keys,
        };
        Check(config, path);
        return config;
    }

    private static void Check(BartConfig config, string path)
    {
        void Divides(string key, int heads)
        {
            if (config.DModel % heads != 0)
                throw new InputException($"{path}: {key}: d_model {config.DModel} is no multiple of {heads} heads");
        }
        Divides("encoder_attention_heads", config.EncoderAttentionHeads);
        Divides("decoder_attention_heads", config.DecoderAttentionHeads);
        void InVocabulary(string key, int? id)
        {
            if (id >= config.VocabSize)
                throw new InputException($"{path}: {key}: {id} is no token of a vocabulary of {config.VocabSize}");
        }
        InVocabulary("bos_token_id", config.BosTokenId);
        InVocabulary("pad_token_id", config.PadTokenId);
        InVocabulary("eos_token_id", config.EosTokenId);
        InVocabulary("decoder_start_token_id", config.DecoderStartTokenId);
        InVocabulary("forced_eos_token_id", config.ForcedEosTokenId);
    }

    public static string Format(BartConfig config)
    {
        var keys = new JsonObject
        {
            ["model_type"] = "bart",
            ["architectures"] = new JsonArray("BartForConditionalGeneration"),
            ["is_encoder_decoder"] = true,
            ["activation_function"] = "gelu",
            ["vocab_size"] = config.VocabSize,
            ["max_position_embeddings"] = config.MaxPositionEmbeddings,
            ["d_model"] = config.DModel,
            ["encoder_layers"] = config.EncoderLayers,
            ["encoder_attention_heads"] = config.EncoderAttentionHeads,
            ["encoder_ffn_dim"] = config.EncoderFfnDim,
            ["decoder_layers"] = config.DecoderLayers,
            ["decoder_attention_heads"] = config.DecoderAttentionHeads,
            ["decoder_ffn_dim"] = config.DecoderFfnDim,
            ["dropout"] = config.Dropout,
            ["attention_dropout"] = config.AttentionDropout,
            ["activation_dropout"] = config.ActivationDropout,
            ["init_std"] = config.InitStd,
            ["scale_embedding"] = config.ScaleEmbedding,
            ["bos_token_id"] = config.BosTokenId,
            ["pad_token_id"] = config.PadTokenId,
            ["eos_token_id"] = config.EosTokenId,
            ["decoder_start_token_id"] = config.DecoderStartTokenId,
            ["forced_eos_token_id"] = config.ForcedEosTokenId,
        };
        foreach (var (key, value) in config.Other)
            keys[key] = value?.DeepClone();
        return keys.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }
}
