namespace DnaBart.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>PyTorch's <c>torch.nn.functional</c>.</summary>
        public static class functional
        {
            // PyTorch's default, which BART keeps.
            private const double LayerNormEps = 1e-5;

            /// <summary><c>x W^T + b</c> over the last dimension; weight [out, in], bias [out].</summary>
            public static Tensor linear(Tensor x, Tensor weight, Tensor? bias = null) => Ops.linear.Call(x, weight, bias);

            /// <summary>Normalizes the last dimension, whose size <paramref name="weight"/> has.</summary>
            public static Tensor layer_norm(Tensor x, Tensor weight, Tensor bias) =>
                Ops.layer_norm.Call(x, new[] { weight.size(0) }, weight, bias, LayerNormEps);

            /// <summary>Rows of <paramref name="weight"/> [n, d] by index [...]: [..., d].</summary>
            /// <param name="padding_idx">A row whose look-ups give no gradient; -1 for none.</param>
            public static Tensor embedding(Tensor indices, Tensor weight, long padding_idx = -1) => Ops.embedding.Call(weight, indices, padding_idx);

            public static Tensor dropout(Tensor x, double p, bool training) => training && p > 0 ? Ops.dropout.Call(x, p, true) : x;

            /// <summary>Dropout of the exact GELU, by the error function; on a GPU one kernel forward and one backward.</summary>
            public static Tensor gelu_dropout(Tensor x, double p, bool training) => Ops.gelu_dropout.Call(x, training ? p : 0);

            /// <summary><c>layer_norm(residual + dropout(x))</c>, a transformer's step from one sublayer to the next where normalization comes after the
            /// residual sum; on a GPU one kernel forward and one backward.</summary>
            public static Tensor add_norm(Tensor x, Tensor residual, Tensor weight, Tensor bias, double p, bool training) =>
                Ops.add_norm.Call(x, residual, weight, bias, training ? p : 0, LayerNormEps);

            public static Tensor relu(Tensor x) => Ops.relu.Call(x);

            public static Tensor softmax(Tensor x, long dimension) => Ops.softmax.Call(x, dimension);

            public static Tensor log_softmax(Tensor x, long dimension) => Ops.log_softmax.Call(x, dimension);

            /// <summary>Mean negative log-likelihood of class indices [n] under logits [n, classes].</summary>
            /// <param name="weight">A factor a class [classes], or null.</param>
            public static Tensor cross_entropy(Tensor logits, Tensor target, Tensor? weight = null) => Ops.cross_entropy.Call(logits, target, weight);

            /// <summary>The mean negative log-likelihood, in float32, of class indices [n] under logits [n, classes] of any type; on a GPU one kernel forward and
            /// one backward.</summary>
            /// <param name="ignore_index">Rows of this index do not count.</param>
            public static Tensor token_loss(Tensor logits, Tensor target, long ignore_index = -100) => Ops.token_loss.Call(logits, target, ignore_index);

            /// <summary>Attention of queries [batch, heads, targets, d] over keys and values [batch, heads, sources, d], scaled by
            /// 1/sqrt(d). On a GPU short sequences go through the bridge's own kernel; else libtorch's fused kernels are used where the loaded version has them (from
            /// 2.0 on).</summary>
            /// <param name="mask">Added to the scores; broadcasts to [batch, heads, targets, sources]. Null attends everywhere.</param>
            /// <param name="is_causal">Each query sees keys up to its own position only; then no mask is given.</param>
            public static Tensor scaled_dot_product_attention(
                Tensor query, Tensor key, Tensor value, Tensor? mask = null, double dropout_p = 0, bool is_causal = false)
            {
                if (is_short(query, key, mask))
                    return Ops.short_attention.Call(query, key, value, mask, dropout_p, is_causal);
                if (Ops.scaled_dot_product_attention.Exists)
                    return Ops.scaled_dot_product_attention.Call(query, key, value, mask, dropout_p, is_causal);
                var scores = (query * (1 / Math.Sqrt(query.size(-1)))).matmul(key.transpose(-2, -1));
                if (is_causal)
                    mask = causal_mask(query.size(-2), query.dtype, query.device);
                if (mask is not null)
                    scores += mask;
                return dropout(softmax(scores, -1), dropout_p, dropout_p > 0).matmul(value);
            }

            /// <summary>What <c>dnabart::short_attention</c> takes: bfloat16, up to 64 tokens on both sides, heads of 16, 32 or 64, and a mask that is the same for all
            /// queries and heads.</summary>
            private static bool is_short(Tensor query, Tensor key, Tensor? mask) =>
                Ops.short_attention.Exists && query.device.Type == DeviceType.CUDA && query.dtype == ScalarType.BFloat16
                && query.size(2) <= 64 && key.size(2) <= 64 && query.size(3) is 16 or 32 or 64
                && (mask is null || (mask.size(1) == 1 && mask.size(2) == 1 && mask.size(3) == key.size(2)));

            private static Tensor causal_mask(long length, ScalarType type, Device device) =>
                triu(full([length, length], double.NegativeInfinity, type, device), 1);
        }
    }
}
