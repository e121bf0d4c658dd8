using System.Collections.Immutable;

namespace DnaBart.Gue;

/// <summary>Repeated sequences inside one split.</summary>
/// <param name="Rows">Examples.</param>
/// <param name="Distinct">Different sequences.</param>
/// <param name="Conflicting">Sequences that occur with more than one label: no model can get all of their rows right.</param>
public sealed record SplitDuplicates(int Rows, int Distinct, int Conflicting);

/// <summary>Sequences shared by two splits.</summary>
/// <param name="First">The split that a model sees earlier.</param>
/// <param name="Second">The split that is measured on.</param>
/// <param name="Rows">Rows of <paramref name="Second"/> whose sequence occurs in <paramref name="First"/>.</param>
public sealed record SharedRows(GueSplit First, GueSplit Second, int Rows);

/// <summary>Duplicates of a dataset, within and across its splits. GUE has them: a model can score by memory on shared rows.</summary>
public sealed record GueDuplicates(ImmutableSortedDictionary<GueSplit, SplitDuplicates> Within, ImmutableArray<SharedRows> Across)
{
    /// <summary>Counts the duplicates among the splits given (one to three of them).</summary>
    public static GueDuplicates Count(IReadOnlyDictionary<GueSplit, List<GueExample>> splits)
    {
        var within = ImmutableSortedDictionary.CreateBuilder<GueSplit, SplitDuplicates>();
        var sequences = new SortedDictionary<GueSplit, HashSet<string>>();
        foreach (var (split, examples) in splits)
        {
            var firstLabel = new Dictionary<string, int>(examples.Count);
            var conflicting = new HashSet<string>();
            foreach (var (sequence, label) in examples)
            {
                if (!firstLabel.TryAdd(sequence, label) && firstLabel[sequence] != label)
                    conflicting.Add(sequence);
            }
            within[split] = new SplitDuplicates(examples.Count, firstLabel.Count, conflicting.Count);
            sequences[split] = [.. firstLabel.Keys];
        }
        var across = from first in sequences.Keys
                     from second in sequences.Keys
                     where first < second
                     select new SharedRows(first, second, splits[second].Count(e => sequences[first].Contains(e.Sequence)));
        return new GueDuplicates(within.ToImmutable(), [.. across]);
    }
}
