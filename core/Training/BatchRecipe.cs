using DnaBart.IO;

namespace DnaBart.Training;

/// <summary>How large a batch and a step are: the <c>batch</c> part of a recipe.</summary>
/// <param name="Rows">The most examples of a batch.</param>
/// <param name="Tokens">The most cells (rows times longest row, encoder or decoder) of a batch.</param>
/// <param name="Accumulation">Batches whose gradients make one step.</param>
public sealed record BatchRecipe(int Rows, long Tokens, int Accumulation)
{
    internal static BatchRecipe Read(StrictJsonObject json)
    {
        if (!json.Has("rows") && !json.Has("tokens"))
            throw json.Error("rows", "rows (examples a batch), tokens (cells a batch), or both expected");
        return new(
            (int)json.Integer("rows", 1, 1_000_000, 1_000_000),
            json.Integer("tokens", 1, long.MaxValue, long.MaxValue),
            (int)json.Integer("accumulation", 1, 10_000, 1));
    }
}
