using DnaBart.Metrics;

namespace DnaBart.Pretraining;

/// <summary>Examples padded to one rectangle, ready for the network. Matrices are row-major.</summary>
public sealed class DenoisingBatch
{
    /// <summary>Pads examples.</summary>
    /// <param name="padding">The padding token.</param>
    /// <param name="start">The token that starts the decoder's input.</param>
    public DenoisingBatch(IReadOnlyList<DenoisingExample> examples, int padding, int start)
    {
        Rows = examples.Count;
        SourceLength = examples.Max(example => example.Source.Length);
        TargetLength = examples.Max(example => example.Target.Length);
        InputIds = new long[Rows * SourceLength];
        Labels = new long[Rows * TargetLength];
        DecoderInputIds = new long[Rows * TargetLength];
        Array.Fill(InputIds, padding);
        Array.Fill(Labels, TokenMetrics.IgnoredLabel);
        Array.Fill(DecoderInputIds, padding);
        for (var row = 0; row < Rows; row++)
        {
            var (source, target) = examples[row];
            for (var i = 0; i < source.Length; i++)
                InputIds[(row * SourceLength) + i] = source[i];
            for (var i = 0; i < target.Length; i++)
            {
                Labels[(row * TargetLength) + i] = target[i];
                DecoderInputIds[(row * TargetLength) + i] = i == 0 ? start : target[i - 1];
            }
            SourceTokens += source.Length;
            TargetTokens += target.Length;
        }
    }

    public int Rows { get; }

    public int SourceLength { get; }

    public int TargetLength { get; }

    /// <summary>The encoder's input, [Rows, SourceLength].</summary>
    public long[] InputIds { get; }

    /// <summary>The labels, [Rows, TargetLength]; padding is <see cref="TokenMetrics.IgnoredLabel"/>.</summary>
    public long[] Labels { get; }

    /// <summary>The decoder's input, [Rows, TargetLength]: the labels shifted right behind the start token, as in Hugging Face.</summary>
    public long[] DecoderInputIds { get; }

    /// <summary>Encoder tokens that are not padding.</summary>
    public long SourceTokens { get; }

    /// <summary>Labels that are not padding.</summary>
    public long TargetTokens { get; }
}
