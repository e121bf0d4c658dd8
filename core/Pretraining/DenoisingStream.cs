using DnaBart.Batching;
using DnaBart.Checkpoints;
using DnaBart.IO;
using DnaBart.Noise;

namespace DnaBart.Pretraining;

/// <summary>A place in a run's data: the next batch is number <paramref name="Batch"/> of chunk <paramref name="Chunk"/>.</summary>
/// <param name="Examples">Examples before it.</param>
public readonly record struct DataPosition(long Chunk, int Batch, long Examples);

/// <summary>A run's batches in their order, from any place on. The run's examples are numbered through all epochs; a chunk of consecutive
/// ones is sorted into batches of like lengths, which come in random order. All of it is a pure function of recipe and genome, so a run
/// that goes on from a <see cref="DataPosition"/> sees what the unbroken run saw.</summary>
public sealed class DenoisingStream
{
    /// <summary>Examples a chunk, about: enough to sort by length, little enough to be made again on resuming.</summary>
    private const int ChunkExamples = 16384;

    /// <summary>More than any machine computes, and little enough for sums of examples not to overflow.</summary>
    private const long MostExamples = 1L << 53;

    private readonly PretrainingRecipe recipe;
    private readonly BartConfig config;
    private readonly DenoisingExamples examples;
    private readonly long windowsPerEpoch;
    private readonly int chunkExamples;

    /// <exception cref="InputException">The recipe asks for more examples than can be counted.</exception>
    public DenoisingStream(PretrainingRecipe recipe, BartConfig config, DenoisingExamples examples, long genomeBases)
    {
        this.recipe = recipe;
        this.config = config;
        this.examples = examples;
        var meanBases = (recipe.Data.MinBases + recipe.Data.MaxBases) / 2.0;
        windowsPerEpoch = recipe.Data.Windows ?? Math.Max(1, (long)(recipe.Data.Coverage * genomeBases / meanBases));
        if (windowsPerEpoch > MostExamples / recipe.Data.Epochs)
            throw new InputException($"the recipe's data: {windowsPerEpoch} windows an epoch, {recipe.Data.Epochs} epochs; {MostExamples} windows or fewer in all expected");
        // Whole batches of a fixed number of rows fill a chunk exactly.
        var rows = recipe.Batch.Rows;
        chunkExamples = rows < ChunkExamples ? ChunkExamples / rows * rows : ChunkExamples;
    }

    /// <summary>Examples of the whole run, all epochs together.</summary>
    public long TotalExamples => windowsPerEpoch * recipe.Data.Epochs;

    /// <summary>The batches from a place on to the end of the run, each with the place after it.</summary>
    public IEnumerable<(DenoisingBatch Batch, DataPosition Next)> From(DataPosition position)
    {
        for (var chunk = position.Chunk; chunk * chunkExamples < TotalExamples; chunk++)
        {
            var drawn = Draw(chunk);
            var buckets = LengthBuckets.Plan(
                Array.ConvertAll(drawn, example => example.Source.Length),
                Array.ConvertAll(drawn, example => example.Target.Length),
                recipe.Batch.Tokens, recipe.Batch.Rows);
            var number = 0;
            var before = chunk * chunkExamples;
            foreach (var indices in buckets.Shuffled(recipe.Seed, (ulong)chunk))
            {
                number++;
                before += indices.Length;
                if (chunk == position.Chunk && number <= position.Batch)
                    continue;
                var batch = new DenoisingBatch(Array.ConvertAll(indices, i => drawn[i]), config.PadTokenId, config.DecoderStartTokenId);
                yield return (batch, number < buckets.Batches.Count ? new(chunk, number, before) : new(chunk + 1, 0, before));
            }
        }
    }

    private DenoisingExample[] Draw(long chunk)
    {
        var first = chunk * chunkExamples;
        var drawn = new DenoisingExample[Math.Min(chunkExamples, TotalExamples - first)];
        Parallel.For(0, drawn.Length, i =>
        {
            var example = first + i;
            var epoch = (ulong)(example / windowsPerEpoch);
            var window = new Permutation(windowsPerEpoch, recipe.Seed, RandomStreams.Order, epoch)[example % windowsPerEpoch];
            drawn[i] = examples.Draw(
                new CounterRandom(recipe.Seed, RandomStreams.Window, (ulong)window),
                recipe.Corruption,
                new CounterRandom(recipe.Seed, RandomStreams.Corruption, (ulong)example));
        });
        return drawn;
    }
}
