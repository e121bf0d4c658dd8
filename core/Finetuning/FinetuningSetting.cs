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
/// <param name="Pretrained">The SHA-256 of the model's weights when the sweep was planned; null in plans of versions that did not write it down.</param>
public sealed record FinetuningSetting(string Model, string Data, FinetuningRecipe Recipe, bool KeepModel, string? Pretrained)
{
    private const string PretrainedKey = "pretrained";

    /// <summary>As a setting of a plan.</summary>
    public SweepSetting ToSweep(string name)
    {
        var parameters = new Dictionary<string, string>
        {
            ["model"] = Model,
            ["data"] = Data,
            ["recipe"] = Recipe.Json,
            ["keepModel"] = $"{KeepModel}",
        };
        if (Pretrained is not null)
            parameters[PretrainedKey] = Pretrained;
        return new SweepSetting(name, ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, parameters));
    }

    /// <summary>Of a plan's setting.</summary>
    /// <exception cref="InputException">It is no setting of a finetuning.</exception>
    public static FinetuningSetting Of(SweepSetting setting)
    {
        string Value(string key) => setting.Parameters.GetValueOrDefault(key)
            ?? throw new InputException($"setting '{setting.Name}': no '{key}'; a plan that `dnabart sweep plan` wrote expected");
        return new FinetuningSetting(Value("model"), Value("data"), FinetuningRecipe.Parse(Value("recipe"), $"recipe of setting {setting.Name}"),
            bool.TryParse(Value("keepModel"), out var keep) ? keep : throw new InputException($"setting '{setting.Name}': keepModel: True or False expected"),
            setting.Parameters.GetValueOrDefault(PretrainedKey));
    }

    /// <summary>Checks that the models of a plan are those that it was made with: trials of two models are not to be compared, and what was trained in part
    /// goes on only with its own.</summary>
    /// <exception cref="InputException">One is missing, damaged or another.</exception>
    public static void CheckModels(SweepPlan plan)
    {
        foreach (var setting in plan.Settings.Where(setting => setting.Parameters.ContainsKey(PretrainedKey)).Select(Of).DistinctBy(setting => (setting.Model, setting.Pretrained)))
            setting.CheckModel();
    }

    /// <inheritdoc cref="CheckModels"/>
    public void CheckModel()
    {
        if (Pretrained is null || CheckpointManifest.Sha256OfWeights(Model) is var found && found == Pretrained)
            return;
        throw new InputException($"{Model}: holds another model than when the sweep was planned (its weights' SHA-256 is {found}, not {Pretrained}); put that one back, or plan a new sweep");
    }

    /// <summary>Checks that this machine can run a plan's trials: that would otherwise be known when each of them has failed.</summary>
    /// <exception cref="InputException">A task is no dataset or is not there, a setting is none of a finetuning or has no model, or early stopping
    /// would end before the recipe does: no trial would come to its test; or a model is not the one that the plan was made with.</exception>
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
        CheckModels(plan);
    }
}
