namespace DnaBart.Core.Tests.Tokenization;

/// <summary>Made-up sequences.</summary>
internal static class Dna
{
    public static string Random(int length, int seed)
    {
        var random = new Random(seed);
        return string.Create(length, random, (letters, source) => source.GetItems("ACGT", letters));
    }

    /// <summary>A short unit again and again, with a few random changes: what makes an encoder backtrack.</summary>
    public static string Repeats(int length, int seed)
    {
        var random = new Random(seed);
        var unit = Random(1 + random.Next(6), seed);
        var letters = new char[length];
        for (var i = 0; i < length; i++)
            letters[i] = random.Next(40) == 0 ? "ACGT"[random.Next(4)] : unit[i % unit.Length];
        return new string(letters);
    }
}
