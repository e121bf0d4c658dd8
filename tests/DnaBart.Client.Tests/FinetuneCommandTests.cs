using DnaBart.Fixtures;

namespace DnaBart.Client.Tests;

public sealed class FinetuneCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void FinetunesAndClassifiesInOneCommandEach()
    {
        PretrainedFixture.Write(folder["model"]);
        GueFixture.Write(folder["data"], "tf/0", trainRows: 200, seed: 1);
        File.WriteAllText(folder["quick.json"],
            """{"description": "test", "epochs": 3, "batch": {"rows": 16}, "optimizer": {"learningRate": 3e-3}}""");
        string[] arguments =
        [
            "finetune", "--model", folder["model"], "--task", "tf/0", "--data", folder["data"], "--out", folder["out"], "--recipe", folder["quick.json"],
            "--device", "cpu",
        ];
        var trained = CommandLine.Run(arguments);
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Matches(@"^task\tseed\tbest_epoch\tdev_score\ttest_mcc\ttest_accuracy\ttest_macro_f1\tseconds\ntf/0\t1\t[123]\t0\.", trained.Output);
        Assert.Contains("epoch 3  train loss", trained.Error);

        File.WriteAllText(folder["reads.fq"], "@gc rich\tread\nGCGCGGCCGCGCGGCGCCGCGC\n+\nIIIIIIIIIIIIIIIIIIIIII\n@at\nATATTATAATTATAATNTATAA\n+\nIIIIIIIIIIIIIIIIIIIIII\n");
        var classified = CommandLine.Run("classify", "--model", folder["out"], folder["reads.fq"], "--device", "cpu");
        Assert.True(classified.ExitCode == 0, classified.Error);
        var rows = classified.Output.TrimEnd().Split('\n').Select(line => line.Split('\t')).ToArray();
        Assert.Equal(["name", "class", "p_0", "p_1"], rows[0]);
        Assert.Equal(["gc rich read", "1"], rows[1][..2]);
        Assert.Equal(["at", "0"], rows[2][..2]);
        Assert.All(rows.Skip(1), row => Assert.Equal(1, double.Parse(row[2]) + double.Parse(row[3]), 5));
        var start = CommandLine.Start("classify", "--model", folder["out"], "-", "-o", folder["classes.tsv"], "--device", "cpu");
        Assert.Equal(0, CommandLine.RunProcess(start, File.ReadAllText(folder["reads.fq"])).ExitCode);
        Assert.Equal(classified.Output, File.ReadAllText(folder["classes.tsv"]));

        var repeated = CommandLine.Run([.. arguments, "--seed", "2"]);
        Assert.Equal(2, repeated.ExitCode);
        Assert.Contains("choose another folder", repeated.Error);
        var pretrained = CommandLine.Run("classify", "--model", folder["model"], folder["reads.fq"]);
        Assert.Equal(2, pretrained.ExitCode);
        Assert.Contains("`dnabart finetune` makes one", pretrained.Error);
    }
}
