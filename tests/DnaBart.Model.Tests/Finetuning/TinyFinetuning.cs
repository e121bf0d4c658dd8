using DnaBart.Finetuning;
using DnaBart.Fixtures;
using DnaBart.Gue;
using DnaBart.Model.Finetuning;

namespace DnaBart.Model.Tests.Finetuning;

/// <summary>A pretrained model and a small dataset, in a folder of each test's own.</summary>
public abstract class TinyFinetuning : IDisposable
{
    private protected readonly TemporaryFolder folder = new();

    protected TinyFinetuning()
    {
        PretrainedFixture.Write(folder["model"]);
        GueFixture.Write(folder["data"], "tf/0", trainRows: 300, seed: 1);
    }

    public void Dispose() => folder.Dispose();

    protected static FinetuningRecipe Recipe(string more = "", double rate = 3e-3, int epochs = 3) => FinetuningRecipe.Parse(
        $$"""
        {"description": "test", "epochs": {{epochs}}, "batch": {"rows": 16, "accumulation": 2}, "optimizer": {"learningRate": {{rate}}} {{more}}}
        """, "test.json");

    protected FinetuningTask Task(ulong seed = 1) => new(new GueFolder(folder["data"]), GueCatalogue.Find("tf/0"), seed);
}
