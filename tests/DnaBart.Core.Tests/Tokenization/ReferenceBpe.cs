namespace DnaBart.Core.Tests.Tokenization;

/// <summary>Byte-pair encoding and its training, by their definitions and with no thought of speed.</summary>
internal static class ReferenceBpe
{
    /// <summary>Applies the merge of lowest rank at its leftmost place until no merge is left. All on token texts.</summary>
    public static List<string> Encode(string bases, IReadOnlyList<(string Left, string Right)> merges)
    {
        var rank = new Dictionary<(string, string), int>();
        for (var i = 0; i < merges.Count; i++)
            rank[merges[i]] = i;
        var tokens = bases.Select(letter => letter.ToString()).ToList();
        while (true)
        {
            var (best, place) = (int.MaxValue, -1);
            for (var i = 0; i + 1 < tokens.Count; i++)
            {
                if (rank.TryGetValue((tokens[i], tokens[i + 1]), out var found) && found < best)
                    (best, place) = (found, i);
            }
            if (place < 0)
                return tokens;
            tokens[place] += tokens[place + 1];
            tokens.RemoveAt(place + 1);
        }
    }

    /// <summary>Merges the most frequent pair (overlapping places count, at least 2; then lowest left id, lowest right id) until
    /// there are enough merges. Returns the pairs of ids.</summary>
    public static List<(int, int)> Train(IEnumerable<string> sequences, int mergeCount, string bases, int firstBase, int firstMerge)
    {
        var runs = sequences.SelectMany(sequence => sequence.Split('N'));
        var texts = runs.Select(run => run.Select(letter => firstBase + bases.IndexOf(letter)).ToList()).ToList();
        var merges = new List<(int, int)>();
        while (merges.Count < mergeCount)
        {
            var best = texts.SelectMany(text => text.Zip(text.Skip(1)))
                .GroupBy(pair => pair).Where(group => group.Count() >= 2)
                .OrderByDescending(group => group.Count()).ThenBy(group => group.Key)
                .Select(group => group.Key).FirstOrDefault();
            if (best == default)
                return merges;
            foreach (var text in texts)
            {
                for (var i = 0; i + 1 < text.Count; i++)
                {
                    if ((text[i], text[i + 1]) != best)
                        continue;
                    text[i] = firstMerge + merges.Count;
                    text.RemoveAt(i + 1);
                }
            }
            merges.Add(best);
        }
        return merges;
    }
}
