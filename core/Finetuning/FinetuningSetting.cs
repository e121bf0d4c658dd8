using System.Collections.Immutable;
using DnaBart.Sweeps;

namespace DnaBart.Finetuning;

/// <summary>What a sweep's setting means where trials are finetunings: the plan holds all that a trial needs, wherever it runs.</summary>
/// <param name="Model">The pretrained model's folder.</param>
/// <param name="Data">The folder of GUE.</param>
/// <param name="KeepModel">Whether the finetuned weights stay, or only the result.</param>
public sealed record FinetuningSetting(string Model, string Data, FinetuningRecipe Recipe, bool KeepModel)
{
    /// <summary>As a setting of a plan.</summary>
    public SweepSetting ToSweep(string name) => new(name, ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, new Dictionary<string, string>
    {
        ["model"] = Model,
        ["data"] = Data,
        ["recipe"] = Recipe.Json,
        ["keepModel"] = $"{KeepModel}",
    }));

    /// <summary>Of a plan's setting.</summary>
    public static FinetuningSetting Of(SweepSetting setting)
    {
        var parameters = setting.Parameters;
        return new FinetuningSetting(
            parameters["model"], parameters["data"], FinetuningRecipe.Parse(parameters["recipe"], $"recipe of setting {setting.Name}"), bool.Parse(parameters["keepModel"]));
    }
}
