using System.Text;
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

    /// <param name="name">What messages call it.</param>
    /// <exception cref="InputException">The sequences are too long together for places of 31 bits.</exception>
    public ReferenceGenome(IEnumerable<FastaSequence> sequences, string name = "the genome")
    {
        var all = sequences.ToList();
        var length = all.Sum(sequence => (long)sequence.Bases.Length + GapLength);
        if (length > Array.MaxLength)
        {
            throw new InputException($"{name}: has {all.Sum(sequence => (long)sequence.Bases.Length):N0} bases in {all.Count:N0} sequences; "
                + $"at most {Array.MaxLength:N0} expected, with {GapLength} a sequence between them: give some of its chromosomes");
        }
        Text = new byte[length];
        var next = 0;
        foreach (var sequence in all)
        {
            starts.Add(next);
            Names.Add(sequence.Id);
            Ascii.ToUpper(sequence.Bases, Text.AsSpan(next), out var written);
            Nucleotides.ToDna(Text.AsSpan(next, written));
            next += written;
            Text.AsSpan(next, GapLength).Fill(Gap);
            next += GapLength;
        }
    }

    /// <summary>All sequences in upper case and as DNA, with gaps of a letter that is no base between them.</summary>
    internal byte[] Text { get; }

    /// <summary>The sequences' names without their descriptions, in order.</summary>
    public List<string> Names { get; } = [];

    /// <summary>Reads a FASTA file.</summary>
    /// <exception cref="InputException">The file cannot be read, is malformed or holds too much.</exception>
    public static ReferenceGenome Load(string path)
    {
        using var reader = FastaReader.Open(path);
        return new ReferenceGenome(reader.ReadAll(), path);
    }

    /// <summary>The sequence, by its number, and the position in it, from 0, of a place.</summary>
    internal (int Sequence, int Position) Locate(int place)
    {
        var index = starts.BinarySearch(place);
        var sequence = index >= 0 ? index : ~index - 1;
        return (sequence, place - starts[sequence]);
    }
}
