namespace DnaBart.Noise;

/// <summary>A way to damage a clean sequence, from which the model learns to restore it.</summary>
public interface ICorruption
{
    /// <summary>The most bases that a sequence of <paramref name="length"/> bases can become.</summary>
    int MaxLength(int length);

    /// <summary>Writes a damaged copy of a sequence.</summary>
    /// <param name="clean">Upper-case bases.</param>
    /// <param name="random">The draws; the result is a pure function of it and of <paramref name="clean"/>.</param>
    /// <param name="damaged">Takes the result; at least <see cref="MaxLength"/> long.</param>
    /// <returns>The length of the result; 0 only if every base was deleted.</returns>
    int Apply(ReadOnlySpan<byte> clean, ref CounterRandom random, Span<byte> damaged);
}
