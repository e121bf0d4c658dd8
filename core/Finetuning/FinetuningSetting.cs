using System.Collections.Immutable;
using DnaBart.Checkpoints;
using DnaBart.Gue;
using DnaBart.IO;
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
    /// <exception cref="InputException">It is no setting of a finetuning.</exception>
    public static FinetuningSetting Of(SweepSetting setting)
    {
        string Value(string key) => setting.Parameters.GetValueOrDefault(key)
            ?? throw new InputException($"setting '{setting.Name}': no '{key}'; a plan that `dnabart sweep plan` wrote expected");
        return new FinetuningSetting(Value("model"), Value("data"), FinetuningRecipe.Parse(Value("recipe"), $"recipe of setting {setting.Name}"),
            bool.TryParse(Value("keepModel"), out var keep) ? keep : throw new InputException($"setting '{setting.Name}': keepModel: True or False expected"));
    }

    /// <summary>Checks that this machine can run a plan's trials: that would otherwise be known when each of them has failed.</summary>
    /// <exception cref="InputException">A task is no dataset or is not there, a setting is none of a finetuning or has no model, or early stopping
    /// would end before the recipe does: no trial would come to its test.</exception>
    public static void Check(SweepPlan plan)
    {
        if (plan.Seeds.FirstOrDefault(seed => seed < 0, 0) is < 0 and var negative)
            throw new InputException($"sweep '{plan.Name}': seed {negative}: 0 or more expected");
        foreach (var (name, setting) in plan.Settings.Select(setting => (setting.Name, Of(setting))))
        {
            BartConfig.Load(Path.Combine(setting.Model, BartConfig.FileName));
            var data = new GueFolder(setting.Data);
            foreach (var task in plan.Tasks)
            {
                data.Require(GueCatalogue.Find(task));
                var epochs = setting.Recipe.EpochsOf(task);
                if (plan.Policy.Halving?.Rungs[^1] is { } last && last < epochs)
                    throw new InputException($"sweep '{plan.Name}': the last rung is {last}, and '{name}' trains {epochs} epochs for {task}; {epochs} or more expected");
            }
        }
    }
}
