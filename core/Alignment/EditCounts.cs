namespace DnaBart.Alignment;

/// <summary>The fewest edits that make a read of its truth (Levenshtein distance), by kind; of equally few, those with most
/// substitutions.</summary>
/// <param name="Insertions">Bases that the read has and the truth lacks.</param>
/// <param name="Deletions">Bases that the truth has and the read lacks.</param>
public readonly record struct EditCounts(long Substitutions, long Insertions, long Deletions)
{
    // One number to minimize: an edit is worth far more than being no substitution.
    private const long Indel = 1L << 32, Substitution = Indel - 1;

    private const long Impossible = long.MaxValue / 2;

    public long Distance => Substitutions + Insertions + Deletions;

    public static EditCounts operator +(EditCounts a, EditCounts b) =>
        new(a.Substitutions + b.Substitutions, a.Insertions + b.Insertions, a.Deletions + b.Deletions);

    /// <summary>Counts the edits from a truth to a read, letters in the same case. The work grows with length times distance (Ukkonen,
    /// Inform. Control 64:100, 1985).</summary>
    public static EditCounts Between(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> read)
    {
        var longer = read.Length - truth.Length;
        if (longer == 0)
        {
            var differing = 0;
            for (var i = 0; i < truth.Length; i++)
                differing += truth[i] == read[i] ? 0 : 1;
            // An insertion and a deletion cost as much as two substitutions.
            if (differing <= 2)
                return new EditCounts(differing, 0, 0);
        }
        for (var limit = Math.Abs(longer) + 4; ; limit *= 2)
        {
            var cost = Cost(truth, read, limit);
            var distance = (cost + Indel - 1) / Indel;
            // No path of so few edits leaves the band.
            if (distance > limit)
                continue;
            var substitutions = distance * Indel - cost;
            var indels = distance - substitutions;
            return new EditCounts(substitutions, (indels + longer) / 2, (indels - longer) / 2);
        }
    }

    private static long Cost(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> read, int limit)
    {
        // Cell c of row i: i bases of the truth, and i + c - limit of the read. One column more stands for what lies outside.
        var width = 2 * limit + 1;
        Span<long> row = new long[width + 1];
        row.Fill(Impossible);
        for (var i = 0; i <= truth.Length; i++)
        {
            var left = i == 0 ? -Indel : Impossible;
            for (var c = Math.Max(0, limit - i); c < width && i + c - limit <= read.Length; c++)
            {
                var j = i + c - limit;
                var aligned = i > 0 && j > 0 ? row[c] + (truth[i - 1] == read[j - 1] ? 0 : Substitution) : Impossible;
                row[c] = left = Math.Min(aligned, Math.Min(row[c + 1], left) + Indel);
            }
        }
        return row[read.Length - truth.Length + limit];
    }
}
