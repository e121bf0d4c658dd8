using System.Globalization;
using System.Text;

namespace DnaBart.Finetuning;

/// <summary>The table of classified sequences: name, class, and the probability of each class, with a header, separated by tabs. Bytes are
/// Latin-1, as names are in <see cref="Sequences.FastaSequence"/>.</summary>
public static class ClassificationTable
{
    /// <summary>The first line.</summary>
    /// <param name="labels">The names of the classes.</param>
    public static byte[] Header(IReadOnlyList<string> labels) =>
        Encoding.Latin1.GetBytes($"name\tclass\t{string.Join('\t', labels.Select(label => $"p_{label}"))}\n");

    /// <summary>The line of a sequence.</summary>
    /// <param name="probabilities">One a class; the largest says the class.</param>
    public static byte[] Row(IReadOnlyList<string> labels, string name, double[] probabilities)
    {
        var numbers = probabilities.Select(p => p.ToString("F6", CultureInfo.InvariantCulture));
        // A tab in a name would shift the columns.
        return Encoding.Latin1.GetBytes(
            $"{name.Replace('\t', ' ')}\t{labels[Array.IndexOf(probabilities, probabilities.Max())]}\t{string.Join('\t', numbers)}\n");
    }
}
