using System.Text;
using DnaBart.Checkpoints;
using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Correction;

/// <summary>What a model gets wrong of the genome that it was trained on, as <see cref="Proofreading"/> finds it: a network takes a read for one of a near
/// copy of its place, and those of both strands agree. In the file <c>mistakes.tsv</c> of a model folder each is a line: the base that is right with 20
/// bases on either side, a tab, and the base that the model would have.</summary>
public sealed class KnownMistakes
{
    public const string FileName = "mistakes.tsv";

    /// <summary>Bases of the context on either side.</summary>
    public const int Flank = 20;

    // A mistake is known again by any of three k-mers of the read: one that ends with its base, one around it, one that begins with it. Errors of the read
    // and its ends leave one of them in most places.
    private const int K = Flank + 1, KmersOfContext = 3, Step = Flank / (KmersOfContext - 1);

    private readonly SortedSet<string> lines = new(StringComparer.Ordinal);
    private readonly HashSet<ulong> keys = [];

    /// <summary>Different mistakes.</summary>
    public int Count => lines.Count;

    /// <param name="context">The base that is right and <see cref="Flank"/> bases on either side, A, C, G, T in either case.</param>
    /// <param name="proposed">The code of the base that the model would have.</param>
    /// <returns>Whether the context is as it should be; if not, nothing was added.</returns>
    public bool Add(ReadOnlySpan<byte> context, int proposed)
    {
        if (context.Length != (2 * Flank) + 1 || context.ContainsAnyExcept("ACGTacgt"u8) || Nucleotides.Code(context[Flank]) == proposed)
            return false;
        lines.Add($"{Encoding.ASCII.GetString(context).ToUpperInvariant()}\t{"ACGT"[proposed]}");
        AddKeys(context, proposed);
        Span<byte> otherStrand = stackalloc byte[context.Length];
        Nucleotides.ReverseComplement(context, otherStrand);
        // Codes of partners add up to 3.
        AddKeys(otherStrand, 3 - proposed);
        return true;
    }

    /// <summary>Whether a change of a read is one of them, on either strand.</summary>
    public bool Contains(ReadOnlySpan<byte> bases, ProposedBase proposed)
    {
        for (var i = 0; i < KmersOfContext && keys.Count > 0; i++)
        {
            var start = proposed.Position - Flank + (i * Step);
            if (start >= 0 && start + K <= bases.Length && Key(bases.Slice(start, K), i, proposed.Code) is { } key && keys.Contains(key))
                return true;
        }
        return false;
    }

    /// <summary>Reads the file of a model folder; there need not be one.</summary>
    /// <exception cref="InputException">A line is not as it should be.</exception>
    public static KnownMistakes Load(string modelFolder)
    {
        var (mistakes, file) = (new KnownMistakes(), Path.Combine(modelFolder, FileName));
        var number = 0;
        foreach (var line in File.Exists(file) ? File.ReadLines(file) : [])
        {
            number++;
            if (line.Split('\t') is not [var context, [var proposed]] || Nucleotides.Code((byte)proposed) is not (>= 0 and var code)
                || !mistakes.Add(Encoding.ASCII.GetBytes(context), code))
            {
                throw InputException.At(file, number, $"{(2 * Flank) + 1} letters A, C, G, T, a tab and another letter than the middle one expected; "
                    + "copy the model folder again");
            }
        }
        return mistakes;
    }

    /// <summary>Writes the file into a model folder, with its line of the folder's manifest.</summary>
    /// <inheritdoc cref="CheckpointManifest.ReplaceText" path="/exception"/>
    public void Save(string modelFolder) =>
        CheckpointManifest.ReplaceText(modelFolder, FileName, string.Concat(lines.Select(line => line + "\n")));

    private void AddKeys(ReadOnlySpan<byte> context, int proposed)
    {
        for (var i = 0; i < KmersOfContext; i++)
            keys.Add(Key(context.Slice(i * Step, K), i, proposed)!.Value);
    }

    private static ulong? Key(ReadOnlySpan<byte> kmer, int number, int proposed)
    {
        var key = 0UL;
        foreach (var letter in kmer)
        {
            if (Nucleotides.Code(letter) is not (>= 0 and var code))
                return null;
            key = (key << 2) | (uint)code;
        }
        return (key << 4) | ((uint)number << 2) | (uint)proposed;
    }
}
