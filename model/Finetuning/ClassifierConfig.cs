using System.Text.Json.Nodes;
using DnaBart.Checkpoints;
using DnaBart.Finetuning;
using DnaBart.IO;

namespace DnaBart.Model.Finetuning;

/// <summary>What a classifier's <c>config.json</c> says beyond BART's own keys: Hugging Face's <c>id2label</c>, <c>label2id</c>,
/// <c>num_labels</c> and <c>classifier_dropout</c>, and under <c>dnabart</c> what Hugging Face has no keys for.</summary>
/// <param name="Task">The task it was finetuned for, such as <c>tf/0</c>.</param>
/// <param name="Labels">The names of the classes, by number.</param>
/// <param name="BothStrands">Whether probabilities are the mean over a sequence and its reverse complement.</param>
/// <param name="Dropout">Dropout between the head's layers.</param>
public sealed record ClassifierConfig(string Task, IReadOnlyList<string> Labels, Pooling Pooling, bool BothStrands, double Dropout)
{
    /// <summary>The name under <c>architectures</c>. Not Hugging Face's own: its head has another activation (tanh) and pooling, so that
    /// the same weights would mean something else.</summary>
    private const string Architecture = "DnaBartForSequenceClassification";

    /// <summary>BART's configuration with these keys added.</summary>
    public BartConfig AddTo(BartConfig config)
    {
        var other = config.Other.DeepClone().AsObject();
        other["architectures"] = new JsonArray(Architecture);
        other["num_labels"] = Labels.Count;
        other["id2label"] = new JsonObject(Labels.Select((label, id) => KeyValuePair.Create($"{id}", (JsonNode?)label)));
        other["label2id"] = new JsonObject(Labels.Select((label, id) => KeyValuePair.Create(label, (JsonNode?)id)));
        other["classifier_dropout"] = Dropout;
        other["dnabart"] = new JsonObject
        {
            ["task"] = Task,
            ["pooling"] = FinetuningRecipe.PoolingName(Pooling),
            ["both_strands"] = BothStrands,
        };
        return config with { Other = other };
    }

    /// <summary>Reads the keys that <see cref="AddTo"/> writes.</summary>
    /// <param name="path">The file's name, for errors.</param>
    /// <exception cref="InputException">The configuration is not a classifier's.</exception>
    public static ClassifierConfig Of(BartConfig config, string path)
    {
        if (config.Other["dnabart"] is not JsonObject || config.Other["id2label"] is not JsonObject labels)
            throw new InputException($"{path}: not a classifier's; `dnabart finetune` makes one of a pretrained model");
        T Value<T>(JsonNode? node, string key, string expected) => node is JsonValue value && value.TryGetValue<T>(out var result)
            ? result
            : throw new InputException($"{path}: {key}: {expected} expected, found {node?.ToJsonString() ?? "none"}");
        return StrictJsonObject.Parse(config.Other["dnabart"]!.ToJsonString(), path, own => new ClassifierConfig(
            own.String("task"),
            [.. Enumerable.Range(0, labels.Count).Select(id => Value<string>(labels[$"{id}"], $"id2label.{id}", "the name of a class"))],
            Enum.Parse<Pooling>(own.Choice("pooling", FinetuningRecipe.PoolingNames), ignoreCase: true),
            own.Boolean("both_strands"),
            config.Other["classifier_dropout"] is { } dropout ? Value<double>(dropout, "classifier_dropout", "a number") : 0));
    }
}
