using static DnaBart.Torch.torch.nn.functional;

namespace DnaBart.Torch;

public static partial class torch
{
    public static partial class nn
    {
        // The layers cast their weights to the type of their input: with float32 parameters and bfloat16 activations this is
        // mixed-precision training with explicit casts, and costs nothing where the types agree.

        /// <summary><c>x W^T + b</c>; weight [out, in]. Starts at N(0, <paramref name="init_std"/>) and zero, as in BART.</summary>
        public sealed class Linear : Module
        {
            public Tensor weight { get; }
            public Tensor bias { get; }

            public Linear(long inputs, long outputs, double init_std = 0.02)
            {
                weight = register_parameter("weight", empty([outputs, inputs]).normal_(0, init_std));
                bias = register_parameter("bias", zeros([outputs]));
            }

            /// <summary>Computes from the input what is added to the output, as LoRA does; null for nothing.</summary>
            public Func<Tensor, Tensor>? adapter { get; set; }

            public Tensor forward(Tensor x)
            {
                var y = linear(x, weight.As(x.dtype), bias.As(x.dtype));
                return adapter is null ? y : y + adapter(x);
            }
        }

        /// <summary>Normalization over the last dimension with a learned scale (from 1) and shift (from 0).</summary>
        public sealed class LayerNorm : Module
        {
            public Tensor weight { get; }
            public Tensor bias { get; }

            public LayerNorm(long size)
            {
                weight = register_parameter("weight", ones([size]));
                bias = register_parameter("bias", zeros([size]));
            }

            public Tensor forward(Tensor x) => layer_norm(x, weight.As(x.dtype), bias.As(x.dtype));

            /// <summary>Of <paramref name="residual"/> plus <paramref name="x"/> after dropout.</summary>
            public Tensor forward(Tensor x, Tensor residual, double p) =>
                add_norm(x, residual, weight.As(x.dtype), bias.As(x.dtype), p, training);
        }

        /// <summary>A table of vectors [count, size]. Starts at N(0, <paramref name="init_std"/>). A padding row starts at zero and gets no
        /// gradient from look-ups.</summary>
        public sealed class Embedding : Module
        {
            private readonly long paddingRow;

            public Tensor weight { get; }

            public Embedding(long count, long size, double init_std = 0.02, long? padding_idx = null)
            {
                paddingRow = padding_idx ?? -1;
                var table = empty([count, size]).normal_(0, init_std);
                if (padding_idx is { } row)
                {
                    using var padding = table.select(0, row);
                    padding.zero_();
                }
                weight = register_parameter("weight", table);
            }

            public Tensor forward(Tensor indices) => embedding(indices, weight, paddingRow);
        }
    }
}
