namespace DnaBart.Correction;

/// <summary>Where a draft goes on behind a token that the model put in.</summary>
internal static class Rejoining
{
    // A token may stand for a few bases more or fewer than it replaces: as many as an insertion or deletion or two bring about.
    private const int MostShift = 2;

    /// <summary>How many of the old bases a token most likely stands for: those that it is fewest edits away from, and of equals
    /// the count nearest to its own length.</summary>
    public static int CountReplaced(ReadOnlySpan<byte> token, ReadOnlySpan<byte> old)
    {
        var longest = Math.Min(token.Length + MostShift, old.Length);
        Span<int> distances = stackalloc int[longest + 1];
        for (var j = 0; j <= longest; j++)
            distances[j] = j;
        for (var i = 1; i <= token.Length; i++)
        {
            var diagonal = distances[0];
            distances[0] = i;
            for (var j = 1; j <= longest; j++)
            {
                var substituted = diagonal + (token[i - 1] == old[j - 1] ? 0 : 1);
                diagonal = distances[j];
                distances[j] = Math.Min(substituted, 1 + Math.Min(distances[j], distances[j - 1]));
            }
        }
        var best = Math.Min(token.Length, longest);
        for (var j = Math.Max(0, token.Length - MostShift); j <= longest; j++)
        {
            if (distances[j] < distances[best])
                best = j;
        }
        return best;
    }
}
