using DnaBart.IO;
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
    private const int WindowsLookedAt = 500;
    private const double MostCut = 0.05;

    /// <summary>Draws a window from one source and damages it by another.</summary>
    public DenoisingExample Draw(CounterRandom window, ICorruption corruption, CounterRandom damage)
    {
        Span<byte> clean = new byte[data.MaxBases];
        clean = clean[..windows.Draw(ref window, clean)];
        while (true)
        {
            var example = Encode(clean, corruption, damage);
            if (Fits(example))
                return example;
            // Rare: repeats that tokenize badly. Half of the window is still a good example; cutting tokens would unpair the two sides.
            clean = clean[..(clean.Length / 2)];
        }
    }

    /// <summary>Looks whether the model has room for windows as long as the recipe says: what it is said to know, it must have seen.</summary>
    /// <param name="seed">The run's: its own first windows are looked at.</param>
    /// <exception cref="InputException">More than one window in twenty takes more tokens than the model has positions for.</exception>
    public void RequireRoom(ICorruption corruption, ulong seed)
    {
        var clean = new byte[data.MaxBases];
        var cut = 0;
        for (var i = 0UL; i < WindowsLookedAt; i++)
        {
            var window = new CounterRandom(seed, RandomStreams.Window, i);
            var bases = windows.Draw(ref window, clean);
            if (!Fits(Encode(clean.AsSpan(0, bases), corruption, new CounterRandom(seed, RandomStreams.Corruption, i))))
                cut++;
        }
        var share = (double)cut / WindowsLookedAt;
        if (share > MostCut)
        {
            throw new InputException($"the recipe's data: {share:P0} of the windows, clean or damaged, take more tokens than the model's {maxTokens} positions; "
                + $"choose windowBases below {data.MaxBases}, more positions (model.sizes), or a larger vocabularySize");
        }
    }

    // The random source comes by value, so that every attempt damages from the same state: the example stays a function of its sources.
    private DenoisingExample Encode(ReadOnlySpan<byte> clean, ICorruption corruption, CounterRandom damage)
    {
        var damaged = new byte[corruption.MaxLength(clean.Length)];
        var length = corruption.Apply(clean, ref damage, damaged);
        return new DenoisingExample(tokenizer.EncodeWithSpecialTokens(damaged.AsSpan(0, length)), tokenizer.EncodeWithSpecialTokens(clean));
    }

    private bool Fits(DenoisingExample example) => Math.Max(example.Source.Length, example.Target.Length) <= maxTokens;
}
