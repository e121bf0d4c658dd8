namespace DnaBart.Sequences;

/// <summary>Tells by the letters of the first reads whether qualities are those of Illumina's software before 1.8 (2011), letter - 64. Read as
/// Phred+33 they pass for far better than they are.</summary>
/// <param name="note">Gets a line for the user if it seems so, once.</param>
public sealed class Phred64Detector(Action<string> note)
{
    private const int FirstReads = 10_000;

    // Phred+64 begins at ; (Solexa's -5) and ends at i. Sequencers' Phred+33 ends at K; that of consensus reads goes to ~.
    private const byte Lowest = (byte)';', AboveSequencers = (byte)'K', Highest = (byte)'i';

    // Qualities that somebody made up are of few letters.
    private const int LeastLetters = 8;

    private readonly bool[] seen = new bool[256];
    private int count;
    private bool isDecided;

    /// <summary>Hands out reads as they are, and looks at the first. Of several runs through the same reads one is looked at.</summary>
    public IEnumerable<Read> Watch(IEnumerable<Read> reads)
    {
        foreach (var read in reads)
        {
            if (!isDecided)
                Add(read);
            yield return read;
        }
        Decide();
    }

    private void Add(Read read)
    {
        foreach (var letter in read.Quality)
            seen[letter] = true;
        if (++count == FirstReads)
            Decide();
    }

    private void Decide()
    {
        if (isDecided)
            return;
        isDecided = true;
        var (first, last) = (Array.IndexOf(seen, true), Array.LastIndexOf(seen, true));
        if (first >= Lowest && last is > AboveSequencers and <= Highest && seen.Count(letter => letter) >= LeastLetters)
        {
            note($"note: qualities from {(char)first} to {(char)last} look like Phred+64, of Illumina's software before 1.8, and are taken for Phred+33; "
                + "if so, convert the reads first: seqtk seq -Q64 -V IN > OUT");
        }
    }
}
