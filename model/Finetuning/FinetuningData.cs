using DnaBart.Finetuning;
using DnaBart.Gue;
using DnaBart.Tokenization;

namespace DnaBart.Model.Finetuning;

/// <summary>What to finetune for.</summary>
public sealed record FinetuningTask(GueFolder Folder, GueDataset Dataset, ulong Seed);

/// <summary>A task's train and dev set as token ids. The test set is read only when it is asked for, after training.</summary>
internal sealed class FinetuningData
{
    private readonly FinetuningTask task;
    private readonly FinetuningRecipe recipe;
    private readonly BpeTokenizer tokenizer;
    private readonly int maxTokens;

    public FinetuningData(FinetuningTask task, FinetuningRecipe recipe, BpeTokenizer tokenizer, int maxTokens)
    {
        (this.task, this.recipe, this.tokenizer, this.maxTokens) = (task, recipe, tokenizer, maxTokens);
        var train = task.Folder.Read(task.Dataset, GueSplit.Train);
        AllTrainRows = train.Count;
        Train = Encode(recipe.Sample(train));
        Dev = Encode(task.Folder.Read(task.Dataset, GueSplit.Dev));
    }

    public LabelledTokens Train { get; }

    public LabelledTokens Dev { get; }

    /// <summary>Rows of the train set, of which <see cref="Train"/> may be a sample.</summary>
    public int AllTrainRows { get; }

    /// <summary>Sequences read so far that were longer than the model takes and were cut.</summary>
    public int CutSequences { get; private set; }

    public LabelledTokens ReadTest() => Encode(task.Folder.Read(task.Dataset, GueSplit.Test));

    /// <summary>The factor of each class in the loss, by which all classes weigh the same; null if they keep their frequencies' weight.</summary>
    public float[]? ClassWeights()
    {
        if (!recipe.BalancedClasses)
            return null;
        var counts = new int[task.Dataset.Classes];
        foreach (var label in Train.Labels)
            counts[label]++;
        var present = counts.Count(count => count > 0);
        return Array.ConvertAll(counts, count => count == 0 ? 0 : (float)Train.Count / (present * count));
    }

    private LabelledTokens Encode(List<GueExample> examples)
    {
        var encoded = new LabelledTokens(examples, tokenizer, recipe.BothStrands, maxTokens);
        CutSequences += encoded.Cut;
        return encoded;
    }
}
