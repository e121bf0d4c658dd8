using DnaBart.Checkpoints;
using DnaBart.Finetuning;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Sweeps;

namespace DnaBart.Core.Tests.Finetuning;

/// <summary>The model that a plan names by its weights.</summary>
public sealed class FinetuningSettingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FinetuningSettingTests()
    {
        Directory.CreateDirectory(folder["model"]);
        Put("planned");
    }

    public void Dispose() => folder.Dispose();

    private void Put(string weights) => File.WriteAllText(folder["model/model.safetensors"], weights);

    private SweepPlan Plan(string? pretrained)
    {
        var setting = new FinetuningSetting(folder["model"], "GUE", FinetuningRecipe.Paper, KeepModel: false, pretrained);
        return new SweepPlan("test", ["tf/3"], [setting.ToSweep("a"), setting.ToSweep("b")], [1], new SweepPolicy(TimeSpan.FromMinutes(15)));
    }

    [Fact]
    public void APlanIsRefusedWhereItsModelIsAnotherOrGoneAndTakenWhereItIsBack()
    {
        var planned = CheckpointManifest.Sha256OfWeights(folder["model"]);
        var plan = Plan(planned);
        Assert.Equal(planned, FinetuningSetting.Of(plan.Settings[0]).Pretrained);
        FinetuningSetting.CheckModels(plan);

        Put("another");
        var found = CheckpointManifest.Sha256OfWeights(folder["model"]);
        Assert.Equal(
            $"{folder["model"]}: holds another model than when the sweep was planned (its weights' SHA-256 is {found}, not {planned}); put that one back, or plan a new sweep",
            Assert.Throws<InputException>(() => FinetuningSetting.CheckModels(plan)).Message);
        File.Delete(folder["model/model.safetensors"]);
        Assert.Contains("no such file", Assert.Throws<InputException>(() => FinetuningSetting.CheckModels(plan)).Message);

        Put("planned");
        FinetuningSetting.CheckModels(plan);
    }

    [Fact]
    public void APlanOfAnEarlierVersionNamesNoWeightsAndTakesTheModelThatIsThere()
    {
        var plan = Plan(pretrained: null);
        Put("another");
        FinetuningSetting.CheckModels(plan);
        Assert.Null(FinetuningSetting.Of(plan.Settings[0]).Pretrained);
    }
}
