using DnaBart.Checkpoints;
using DnaBart.Torch;
using static DnaBart.Torch.torch;
using static DnaBart.Torch.torch.nn.functional;

namespace DnaBart.Model;

/// <summary>BART (Lewis et al. 2020, section 2), the encoder-decoder of DNABART (section III), as Hugging Face's
/// <c>BartForConditionalGeneration</c> computes it: learned positions, layer normalization after each residual sum, GELU, and one
/// table of token embeddings for encoder, decoder and output. Parameters carry Hugging Face's names.
/// Shapes below: B reads, S source tokens, T target tokens, d the model's width, V tokens in the vocabulary.</summary>
public sealed class Bart : nn.Module
{
    private const long MaskAlignment = 8;

    private readonly nn.Embedding shared;
    private readonly Tensor finalLogitsBias;

    public BartConfig Config { get; }
    public BartEncoder Encoder { get; }
    public BartDecoder Decoder { get; }

    /// <summary>The type that activations are computed in. Parameters of another type are cast where they are used, so that training
    /// with float32 parameters and bfloat16 activations is mixed precision.</summary>
    public ScalarType ComputeType { get; set; } = ScalarType.Float32;

    /// <summary>A new network with random weights from torch's generator.</summary>
    public Bart(BartConfig config)
    {
        Config = config;
        using var guard = no_grad();
        shared = register_module("model.shared", new nn.Embedding(config.VocabSize, config.DModel, config.InitStd, config.PadTokenId));
        Encoder = register_module("model.encoder", new BartEncoder(config));
        Decoder = register_module("model.decoder", new BartDecoder(config));
        finalLogitsBias = register_buffer("final_logits_bias", zeros([1, config.VocabSize]));
    }

    public Device Device => shared.weight.device;

    /// <summary>Source tokens [B, S] to hidden states [B, S, d].</summary>
    /// <param name="mask">From <see cref="PaddingMask"/>; null where no row is padded.</param>
    public Tensor Encode(Tensor source, Tensor? mask) => Encoder.forward(Embed(source), mask);

    /// <summary>Target tokens [B, T] to logits [B, T, V] of the token that follows each.</summary>
    /// <param name="memory">The encoder's hidden states [B, S, d].</param>
    /// <param name="cache">Keys and values of the target tokens before these; null where these are the first.</param>
    public Tensor Decode(Tensor target, Tensor memory, Tensor? memoryMask, DecoderCache? cache = null) =>
        Logits(DecodeStates(target, memory, memoryMask, cache));

    /// <summary>As <see cref="Decode"/>, to the decoder's hidden states [B, T, d].</summary>
    public Tensor DecodeStates(Tensor target, Tensor memory, Tensor? memoryMask, DecoderCache? cache = null) =>
        Decoder.forward(Embed(target), memory, memoryMask, cache);

    /// <summary>Hidden states [..., d] of the decoder to logits [..., V].</summary>
    public Tensor Logits(Tensor hidden) => linear(hidden, shared.weight.As(hidden.dtype), finalLogitsBias.As(hidden.dtype).squeeze(0));

    /// <summary>Added to attention scores so that padding gets no weight: [B, 1, 1, S], zero or the type's lowest number.</summary>
    /// <param name="present">1 for a token, 0 for padding, [B, S].</param>
    public Tensor PaddingMask(Tensor present)
    {
        using var scope = NewDisposeScope();
        var lowest = ComputeType == ScalarType.Float32 ? float.MinValue : -1e38;
        var (rows, length) = (present.size(0), present.size(1));
        // Fused kernels read masks by 16 bytes: one whose rows do not begin there is copied anew in each layer.
        var stored = (length + MaskAlignment - 1) / MaskAlignment * MaskAlignment;
        var mask = zeros([rows, 1, 1, stored], ComputeType, Device).narrow(3, 0, length);
        return mask.masked_fill_(present.eq(0).view(rows, 1, 1, length), lowest).MoveToOuterDisposeScope();
    }

    private Tensor Embed(Tensor tokens)
    {
        var embedded = shared.forward(tokens).As(ComputeType);
        return Config.ScaleEmbedding ? embedded * Math.Sqrt(Config.DModel) : embedded;
    }
}

/// <summary>Token embeddings plus learned positions, normalized: the entrance of encoder and decoder.</summary>
public abstract class BartStack : nn.Module
{
    private readonly nn.Embedding positions;
    private readonly nn.LayerNorm norm;
    private readonly int limit;
    private readonly double p;

    private protected BartStack(BartConfig config)
    {
        limit = config.MaxPositionEmbeddings;
        p = config.Dropout;
        positions = register_module("embed_positions", new nn.Embedding(limit + BartConfig.PositionOffset, config.DModel, config.InitStd));
        norm = register_module("layernorm_embedding", new nn.LayerNorm(config.DModel));
    }

    private protected Tensor Enter(Tensor embedded, long firstPosition)
    {
        var length = embedded.size(1);
        if (firstPosition + length > limit)
            throw new ArgumentException($"a sequence of {firstPosition + length} tokens exceeds the model's {limit} positions");
        var rows = arange(firstPosition + BartConfig.PositionOffset, firstPosition + length + BartConfig.PositionOffset, embedded.device);
        return dropout(norm.forward(embedded + positions.forward(rows).As(embedded.dtype)), p, training);
    }
}

/// <summary>N layers of self-attention over the whole source.</summary>
public sealed class BartEncoder : BartStack
{
    private readonly EncoderLayer[] layers;

    internal BartEncoder(BartConfig config) : base(config) =>
        layers = [.. Enumerable.Range(0, config.EncoderLayers).Select(i => register_module($"layers.{i}", new EncoderLayer(config)))];

    internal Tensor forward(Tensor embedded, Tensor? mask) =>
        layers.Aggregate(Enter(embedded, 0), (x, layer) => layer.forward(x, mask));

    private sealed class EncoderLayer : nn.Module
    {
        private readonly Attention attention;
        private readonly nn.LayerNorm attentionNorm;
        private readonly FeedForward feedForward;
        private readonly double p;

        public EncoderLayer(BartConfig config)
        {
            p = config.Dropout;
            attention = register_module("self_attn", new Attention(config, config.EncoderAttentionHeads));
            attentionNorm = register_module("self_attn_layer_norm", new nn.LayerNorm(config.DModel));
            feedForward = register_module("", new FeedForward(config, config.EncoderFfnDim));
        }

        public Tensor forward(Tensor x, Tensor? mask)
        {
            var (keys, values) = attention.KeysAndValues(x);
            x = attentionNorm.forward(attention.forward(x, keys, values, mask), x, p);
            return feedForward.forward(x);
        }
    }
}

/// <summary>N layers of causal self-attention over the target and attention over the encoder's hidden states.</summary>
public sealed class BartDecoder : BartStack
{
    private readonly DecoderLayer[] layers;

    internal BartDecoder(BartConfig config) : base(config) =>
        layers = [.. Enumerable.Range(0, config.DecoderLayers).Select(i => register_module($"layers.{i}", new DecoderLayer(config)))];

    internal Tensor forward(Tensor embedded, Tensor memory, Tensor? memoryMask, DecoderCache? cache)
    {
        if (cache is { Length: > 0 } && embedded.size(1) != 1)
            throw new ArgumentException("after the first call a cache takes one token a row at a time");
        var x = Enter(embedded, cache?.Length ?? 0);
        for (var i = 0; i < layers.Length; i++)
            x = layers[i].forward(x, memory, memoryMask, cache?.Layer(i));
        cache?.Advance(embedded.size(1));
        return x;
    }

    private sealed class DecoderLayer : nn.Module
    {
        private readonly Attention attention, crossAttention;
        private readonly nn.LayerNorm attentionNorm, crossAttentionNorm;
        private readonly FeedForward feedForward;
        private readonly double p;

        public DecoderLayer(BartConfig config)
        {
            p = config.Dropout;
            attention = register_module("self_attn", new Attention(config, config.DecoderAttentionHeads));
            attentionNorm = register_module("self_attn_layer_norm", new nn.LayerNorm(config.DModel));
            crossAttention = register_module("encoder_attn", new Attention(config, config.DecoderAttentionHeads));
            crossAttentionNorm = register_module("encoder_attn_layer_norm", new nn.LayerNorm(config.DModel));
            feedForward = register_module("", new FeedForward(config, config.DecoderFfnDim));
        }

        public Tensor forward(Tensor x, Tensor memory, Tensor? memoryMask, DecoderCache.LayerCache? cache)
        {
            var (keys, values) = attention.KeysAndValues(x);
            // With a cache the new token sees all before it, so one new token needs no causal mask.
            if (cache is not null)
                (keys, values) = cache.Append(keys, values);
            x = attentionNorm.forward(attention.forward(x, keys, values, null, causal: x.size(1) > 1), x, p);
            var (memoryKeys, memoryValues) = cache is null ? crossAttention.KeysAndValues(memory) : cache.Memory(() => crossAttention.KeysAndValues(memory));
            x = crossAttentionNorm.forward(crossAttention.forward(x, memoryKeys, memoryValues, memoryMask), x, p);
            return feedForward.forward(x);
        }
    }
}

/// <summary>Multi-head attention (Vaswani et al. 2017, 3.2.2) with its four projections.</summary>
internal sealed class Attention : nn.Module
{
    private readonly nn.Linear query, key, value, output;
    private readonly int heads;
    private readonly double p;

    public Attention(BartConfig config, int heads)
    {
        this.heads = heads;
        p = config.AttentionDropout;
        key = register_module("k_proj", new nn.Linear(config.DModel, config.DModel, config.InitStd));
        value = register_module("v_proj", new nn.Linear(config.DModel, config.DModel, config.InitStd));
        query = register_module("q_proj", new nn.Linear(config.DModel, config.DModel, config.InitStd));
        output = register_module("out_proj", new nn.Linear(config.DModel, config.DModel, config.InitStd));
    }

    /// <summary>Hidden states [B, S, d] to keys and values, each [B, heads, S, d / heads].</summary>
    public (Tensor Keys, Tensor Values) KeysAndValues(Tensor states) => (Split(key.forward(states)), Split(value.forward(states)));

    public Tensor forward(Tensor x, Tensor keys, Tensor values, Tensor? mask, bool causal = false)
    {
        var attended = scaled_dot_product_attention(Split(query.forward(x)), keys, values, mask, training ? p : 0, causal);
        return output.forward(attended.transpose(1, 2).reshape(x.shape));
    }

    private Tensor Split(Tensor x) => x.view(x.size(0), x.size(1), heads, -1).transpose(1, 2);
}

/// <summary>The position-wise network of a layer with its residual sum; its parameters sit directly under the layer's name.</summary>
internal sealed class FeedForward : nn.Module
{
    private readonly nn.Linear first, second;
    private readonly nn.LayerNorm norm;
    private readonly double p, activationP;

    public FeedForward(BartConfig config, int width)
    {
        (p, activationP) = (config.Dropout, config.ActivationDropout);
        first = register_module("fc1", new nn.Linear(config.DModel, width, config.InitStd));
        second = register_module("fc2", new nn.Linear(width, config.DModel, config.InitStd));
        norm = register_module("final_layer_norm", new nn.LayerNorm(config.DModel));
    }

    public Tensor forward(Tensor x) =>
        norm.forward(second.forward(gelu_dropout(first.forward(x), activationP, training)), x, p);
}
