using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Alignment;

/// <summary>The sequences of a small genome, laid end to end so that a place is one number.</summary>
public sealed class ReferenceGenome
{
    // Keeps seeds and alignments from running from one sequence into the next.
    private const byte Gap = (byte)'-';
    private const int GapLength = 64;

    private readonly List<int> starts = [];

    /// <exception cref="InputException">The sequences are too long together for places of 31 bits.</exception>
    public ReferenceGenome(IEnumerable<FastaSequence> sequences)
    {
        var text = new List<byte>();
        foreach (var sequence in sequences)
        {
            starts.Add(text.Count);
            Names.Add(sequence.Id);
            text.AddRange(sequence.Bases.Select(letter => (byte)char.ToUpperInvariant((char)letter)));
            text.AddRange(Enumerable.Repeat(Gap, GapLength));
        }
        Text = [.. text];
    }

    /// <summary>All sequences in upper case, with gaps of a letter that is no base between them.</summary>
    internal byte[] Text { get; }

    /// <summary>The sequences' names without their descriptions, in order.</summary>
    public List<string> Names { get; } = [];

    /// <summary>Reads a FASTA file.</summary>
    /// <exception cref="InputException">The file cannot be read or is malformed.</exception>
    public static ReferenceGenome Load(string path)
    {
        using var reader = FastaReader.Open(path);
        return new ReferenceGenome(reader.ReadAll());
    }

    /// <summary>The sequence, by its number, and the position in it, from 0, of a place.</summary>
    internal (int Sequence, int Position) Locate(int place)
    {
        var index = starts.BinarySearch(place);
        var sequence = index >= 0 ? index : ~index - 1;
        return (sequence, place - starts[sequence]);
    }
}
