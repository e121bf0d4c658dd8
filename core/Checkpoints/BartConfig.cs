using System.Text.Json.Nodes;
using DnaBart.IO;

namespace DnaBart.Checkpoints;

/// <summary>The <c>config.json</c> of Hugging Face's <c>BartForConditionalGeneration</c>: sizes, dropout rates and special token ids.
/// Absent keys take Hugging Face's own defaults (transformers, <c>BartConfig</c>); keys not modelled here are kept and saved again.</summary>
public sealed record BartConfig
{
    /// <summary>Its name in a model's folder.</summary>
    public const string FileName = "config.json";

    /// <summary>|V|, the number of tokens.</summary>
    public int VocabSize { get; init; } = 50265;

    /// <summary>The longest sequence, in tokens. The position tables hold two rows more (<see cref="PositionOffset"/>).</summary>
    public int MaxPositionEmbeddings { get; init; } = 1024;

    /// <summary>d, the width of the hidden states.</summary>
    public int DModel { get; init; } = 1024;

    public int EncoderLayers { get; init; } = 12;
    public int EncoderAttentionHeads { get; init; } = 16;
    public int EncoderFfnDim { get; init; } = 4096;
    public int DecoderLayers { get; init; } = 12;
    public int DecoderAttentionHeads { get; init; } = 16;
    public int DecoderFfnDim { get; init; } = 4096;

    /// <summary>Dropout after embeddings and sublayers.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Dropout on attention weights.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Dropout after the activation of the feed-forward network.</summary>
    public double ActivationDropout { get; init; }

    /// <summary>Standard deviation of initial weights.</summary>
    public double InitStd { get; init; } = 0.02;

    /// <summary>Whether token embeddings are multiplied by the square root of d.</summary>
    public bool ScaleEmbedding { get; init; }

    public int BosTokenId { get; init; }
    public int PadTokenId { get; init; } = 1;
    public int EosTokenId { get; init; } = 2;

    /// <summary>The token that starts the decoder's input.</summary>
    public int DecoderStartTokenId { get; init; } = 2;

    /// <summary>The token forced at the length limit when generating; none if null.</summary>
    public int? ForcedEosTokenId { get; init; } = 2;

    /// <summary>Keys that are not modelled here, as they were read.</summary>
    public JsonObject Other { get; init; } = [];

    /// <summary>Hugging Face's BART counts positions from 2 (fairseq's padding offset).</summary>
    public const int PositionOffset = 2;

    /// <summary>For tests: d 64, 2 + 2 layers.</summary>
    public static BartConfig Tiny(int vocabSize) => Preset(vocabSize, dModel: 64, layers: 2, heads: 4, ffn: 128, positions: 512, dropout: 0);

    /// <summary>For training and correction on a CPU: d 256, 4 + 4 layers, 9 M parameters at |V| = 4096. No dropout: a model this small underfits.</summary>
    public static BartConfig Mini(int vocabSize) => Preset(vocabSize, dModel: 256, layers: 4, heads: 4, ffn: 1024, positions: 1024, dropout: 0);

    /// <summary>The paper's model, BART base: d 768, 6 + 6 layers, 12 heads, 103 M parameters at |V| = 4096.</summary>
    public static BartConfig Base(int vocabSize) => Preset(vocabSize, dModel: 768, layers: 6, heads: 12, ffn: 3072, positions: 1024, dropout: 0.1);

    private static BartConfig Preset(int vocabSize, int dModel, int layers, int heads, int ffn, int positions, double dropout) => new()
    {
        VocabSize = vocabSize,
        DModel = dModel,
        EncoderLayers = layers,
        DecoderLayers = layers,
        EncoderAttentionHeads = heads,
        DecoderAttentionHeads = heads,
        EncoderFfnDim = ffn,
        DecoderFfnDim = ffn,
        MaxPositionEmbeddings = positions,
        Dropout = dropout,
        AttentionDropout = dropout,
        ActivationDropout = dropout,
    };

    /// <summary>This configuration with all three dropout rates at <paramref name="rate"/>.</summary>
    public BartConfig WithDropout(double rate) => this with { Dropout = rate, AttentionDropout = rate, ActivationDropout = rate };

    /// <summary>Reads and checks a <c>config.json</c>.</summary>
    /// <exception cref="InputException">The file is missing, malformed, inconsistent, or asks for what this model has not.</exception>
    public static BartConfig Load(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw InputException.Unreadable(path, e);
        }
    }

    /// <summary>As <see cref="Load"/>, from text; <paramref name="path"/> is the name that errors show.</summary>
    public static BartConfig Parse(string json, string path) => BartConfigJson.Parse(json, path);

    /// <summary>The text of <c>config.json</c>.</summary>
    public string ToJson() => BartConfigJson.Format(this);

    /// <summary>Writes <c>config.json</c>, whole or not at all.</summary>
    public void Save(string path) => AtomicFile.WriteAllText(path, ToJson());
}
