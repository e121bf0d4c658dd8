using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>Greedy decoding: the likeliest next token at every step, with cached keys and values. Agrees with Hugging Face's
/// <c>generate(num_beams=1, do_sample=False)</c>.</summary>
public static class GreedySearch
{
    /// <param name="sources">Source tokens, special tokens included; rows of any length.</param>
    /// <param name="maxLength">The most tokens of an output, start and end token included; a row at the limit ends in the
    /// configuration's forced end token.</param>
    /// <returns>A row a source: start token, target tokens, end token.</returns>
    public static int[][] Generate(Bart bart, IReadOnlyList<int[]> sources, int maxLength)
    {
        using var guard = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var config = bart.Config;
        var mask = TokenBatch.Mask(bart, sources);
        var memory = bart.Encode(TokenBatch.Pad(sources, config.PadTokenId, bart.Device), mask);
        using var cache = new DecoderCache(config.DecoderLayers, maxLength);
        var outputs = sources.Select(_ => new List<int>(maxLength) { config.DecoderStartTokenId }).ToArray();
        var finished = new bool[sources.Count];
        for (var length = 1; length < maxLength && !finished.All(done => done); length++)
        {
            using var step = torch.NewDisposeScope();
            var last = TokenBatch.Pad([.. outputs.Select(row => new[] { row[^1] })], config.PadTokenId, bart.Device);
            var best = bart.Decode(last, memory, mask, cache).argmax(-1).data<long>();
            for (var r = 0; r < outputs.Length; r++)
            {
                if (finished[r])
                    continue;
                var token = length == maxLength - 1 && config.ForcedEosTokenId is { } forced ? forced : (int)best[r];
                outputs[r].Add(token);
                finished[r] = token == config.EosTokenId;
            }
        }
        return [.. outputs.Select(row => row.ToArray())];
    }
}
