using DnaBart.Noise;
using DnaBart.Tokenization;

namespace DnaBart.Pretraining;

/// <summary>A window, damaged and clean, as token ids.</summary>
/// <param name="Source">The encoder's input: the damaged window between the tokenizer's special tokens.</param>
/// <param name="Target">The decoder's labels: the clean window, then the end token.</param>
public readonly record struct DenoisingExample(int[] Source, int[] Target);

/// <summary>Makes denoising examples (III-C of the paper). An example is a pure function of its random source, so that any part of a run's
/// data can be made again, on any thread.</summary>
/// <param name="windows">Where clean windows come from.</param>
/// <param name="tokenizer">Encodes both sides.</param>
/// <param name="maxTokens">The longest sequence that the model takes.</param>
public sealed class DenoisingExamples(GenomeWindows windows, BpeTokenizer tokenizer, PretrainingRecipe.DataPart data, int maxTokens)
{
    /// <summary>Draws a window from one source and damages it by another.</summary>
    public DenoisingExample Draw(CounterRandom window, ICorruption corruption, CounterRandom damage)
    {
        Span<byte> clean = new byte[data.MaxBases];
        clean = clean[..windows.Draw(ref window, clean)];
        var damaged = new byte[corruption.MaxLength(clean.Length)];
        while (true)
        {
            // Every attempt damages from the same state: the example stays a function of its sources.
            var random = damage;
            var length = corruption.Apply(clean, ref random, damaged);
            var source = tokenizer.EncodeWithSpecialTokens(damaged.AsSpan(0, length));
            var target = tokenizer.EncodeWithSpecialTokens(clean);
            if (Math.Max(source.Length, target.Length) <= maxTokens)
                return new DenoisingExample(source, target);
            // Rare: repeats that tokenize badly. Half of the window is still a good example; cutting tokens would unpair the two sides.
            clean = clean[..(clean.Length / 2)];
        }
    }
}
