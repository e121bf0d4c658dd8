using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>What the decoder need not compute again for each new token: the keys and values of the tokens so far and of the
/// encoder's hidden states, a layer. It owns its tensors; use one a batch, and dispose it.</summary>
public sealed class DecoderCache : IDisposable
{
    private readonly LayerCache[] layers;

    /// <param name="capacity">The most target tokens it will hold.</param>
    public DecoderCache(int layers, long capacity) => this.layers = [.. Enumerable.Range(0, layers).Select(_ => new LayerCache(this, capacity))];

    /// <summary>Target tokens held.</summary>
    public long Length { get; private set; }

    internal LayerCache Layer(int index) => layers[index];

    internal void Advance(long tokens) => Length += tokens;

    /// <summary>Keeps the given rows, in that order and as often as named: beams that go on, or reads that are not finished.</summary>
    /// <param name="rows">Row numbers, int64 [n].</param>
    public void Reorder(Tensor rows)
    {
        foreach (var layer in layers)
            layer.Reorder(rows);
    }

    public void Dispose()
    {
        foreach (var layer in layers)
            layer.Dispose();
    }

    /// <summary>One layer's share, each tensor [B, heads, positions, d / heads].</summary>
    internal sealed class LayerCache(DecoderCache owner, long capacity) : IDisposable
    {
        private Tensor? keys, values, memoryKeys, memoryValues;

        /// <summary>Takes in the new tokens' keys and values and returns those of all tokens so far.</summary>
        public (Tensor Keys, Tensor Values) Append(Tensor newKeys, Tensor newValues)
        {
            // Room for the whole target is taken once: growing by concatenation would copy everything at every token.
            keys ??= Room(newKeys);
            values ??= Room(newValues);
            var count = newKeys.size(2);
            keys.narrow(2, owner.Length, count).copy_(newKeys);
            values.narrow(2, owner.Length, count).copy_(newValues);
            return (keys.narrow(2, 0, owner.Length + count), values.narrow(2, 0, owner.Length + count));
        }

        /// <summary>The keys and values of the encoder's hidden states, computed at the first call.</summary>
        public (Tensor Keys, Tensor Values) Memory(Func<(Tensor Keys, Tensor Values)> compute)
        {
            if (memoryKeys is null || memoryValues is null)
            {
                var (newKeys, newValues) = compute();
                memoryKeys = newKeys.contiguous().DetachFromDisposeScope();
                memoryValues = newValues.contiguous().DetachFromDisposeScope();
            }
            return (memoryKeys, memoryValues);
        }

        public void Reorder(Tensor rows)
        {
            Pick(ref keys, rows);
            Pick(ref values, rows);
            Pick(ref memoryKeys, rows);
            Pick(ref memoryValues, rows);
        }

        private static void Pick(ref Tensor? tensor, Tensor rows)
        {
            var picked = tensor?.index_select(0, rows).DetachFromDisposeScope();
            tensor?.Dispose();
            tensor = picked;
        }

        private Tensor Room(Tensor like) =>
            torch.empty([like.size(0), like.size(1), capacity, like.size(3)], like.dtype, like.device).DetachFromDisposeScope();

        public void Dispose()
        {
            keys?.Dispose();
            values?.Dispose();
            memoryKeys?.Dispose();
            memoryValues?.Dispose();
        }
    }
}
