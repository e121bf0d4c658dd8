using DnaBart.Checkpoints;
using DnaBart.Correction;
using DnaBart.Fixtures;
using DnaBart.IO;

namespace DnaBart.Core.Tests.Checkpoints;

public sealed class CheckpointDirectoryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static void Fill(string path, string text) => File.WriteAllText(Path.Combine(path, "weights"), text);

    [Fact]
    public void KeepsTheNewestAndFindsTheLatest()
    {
        var checkpoints = new CheckpointDirectory(folder["run"], keep: 2);
        Assert.Null(checkpoints.FindLatest());
        foreach (var step in new[] { 5, 90, 100 })
            checkpoints.Save(step, "{}", path => Fill(path, $"at {step}"));
        Assert.Equal(["step-00000090", "step-00000100"], Directory.GetDirectories(folder["run"]).Select(Path.GetFileName).Order());
        var latest = checkpoints.FindLatest()!.Value;
        Assert.Equal(100, latest.Step);
        Assert.Equal("at 100", File.ReadAllText(Path.Combine(latest.Folder, "weights")));
        Assert.StartsWith("DnaBart ", CheckpointManifest.Verify(latest.Folder)!.Tool);
    }

    [Fact]
    public void ASaveThatFailsLeavesTheEarlierCheckpointsAlone()
    {
        var checkpoints = new CheckpointDirectory(folder["run"], keep: 1);
        checkpoints.Save(1, "", path => Fill(path, "one"));
        Assert.Throws<InvalidOperationException>(() => checkpoints.Save(2, "", path =>
        {
            Fill(path, "half");
            throw new InvalidOperationException("killed");
        }));
        Assert.Equal(1, checkpoints.FindLatest()!.Value.Step);
        Assert.Equal(["step-00000001"], Directory.GetDirectories(folder["run"]).Select(Path.GetFileName));
        checkpoints.Save(3, "", path => Fill(path, "three"));
        Assert.Equal(["step-00000003"], Directory.GetDirectories(folder["run"]).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("cut")]
    [InlineData("removed")]
    [InlineData("unsealed")]
    public void ADamagedCheckpointIsPassedOver(string damage)
    {
        var checkpoints = new CheckpointDirectory(folder["run"], keep: 3);
        checkpoints.Save(1, "", path => Fill(path, "one"));
        checkpoints.Save(2, "", path => Fill(path, "two"));
        var newest = checkpoints.FindLatest()!.Value.Folder;
        switch (damage)
        {
            case "changed": Fill(newest, "TWO"); break;
            case "cut": Fill(newest, "t"); break;
            case "removed": File.Delete(Path.Combine(newest, "weights")); break;
            default: File.Delete(Path.Combine(newest, "manifest.json")); break;
        }
        var passedOver = new List<string>();
        Assert.Equal(1, checkpoints.FindLatest(passedOver.Add)!.Value.Step);
        Assert.StartsWith(newest, Assert.Single(passedOver));
        if (damage != "unsealed")
            Assert.StartsWith(Path.Combine(newest, "weights"), Assert.Throws<InputException>(() => CheckpointManifest.Verify(newest)).Message);
    }

    [Fact]
    public void ADamagedLaterCheckpointDoesNotPushANewOneOut()
    {
        var checkpoints = new CheckpointDirectory(folder["run"], keep: 1);
        checkpoints.Save(9, "", path => Fill(path, "nine"));
        Fill(checkpoints.FindLatest()!.Value.Folder, "cut");
        checkpoints.Save(1, "", path => Fill(path, "one"));
        Assert.Equal(1, checkpoints.FindLatest()!.Value.Step);
    }

    [Fact]
    public void AFolderOfAnotherProgramHasNoManifestToCheck()
    {
        Assert.Null(CheckpointManifest.Verify(folder.Path));
        Assert.Contains("no such folder", Assert.Throws<InputException>(() => CheckpointManifest.Verify(folder["none"])).Message);
    }

    [Fact]
    public void WriteFolderReplacesAnEarlierFolder()
    {
        CheckpointDirectory.WriteFolder(folder["model"], "r", path => Fill(path, "old"));
        CheckpointDirectory.WriteFolder(folder["model"], "r", path => Fill(path, "new"));
        Assert.Equal("new", File.ReadAllText(Path.Combine(folder["model"], "weights")));
        Assert.Equal("r", CheckpointManifest.Verify(folder["model"])!.Recipe);
        Assert.Equal(["model"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void SettingsMayBeChangedByHandAndAllElseMayNot()
    {
        CheckpointDirectory.WriteFolder(folder["model"], "r", path => Fill(path, "old"));
        new CorrectionSettings(150, Threshold: 0, QualityWeight: 1).Save(folder["model"]);
        File.WriteAllText(Path.Combine(folder["model"], CorrectionSettings.FileName), """{ "window_bases": 150, "threshold": 4 }""");
        CheckpointManifest.Verify(folder["model"]);

        File.AppendAllText(Path.Combine(folder["model"], "weights"), "x");
        Assert.Contains("weights: 4 bytes where manifest.json says 3", Assert.Throws<InputException>(() => CheckpointManifest.Verify(folder["model"])).Message);
    }

    [Fact]
    public void AFileReplacedOnPurposeIsSummedUpAnewAndAllElseStays()
    {
        CheckpointDirectory.WriteFolder(folder["model"], "r", path => Fill(path, "old"), "a genome", "a model");
        CheckpointManifest.ReplaceText(folder["model"], "settings", "first");
        // Another process reads the weights, as a server does.
        using (File.OpenRead(Path.Combine(folder["model"], "weights")))
            CheckpointManifest.ReplaceText(folder["model"], "settings", "second");
        Assert.Equal("second", File.ReadAllText(Path.Combine(folder["model"], "settings")));
        var manifest = CheckpointManifest.Verify(folder["model"])!;
        Assert.Equal(("r", "a genome", "a model"), (manifest.Recipe, manifest.Genome, manifest.From));
        Assert.Equal(["settings", "weights"], manifest.Files.Select(file => file.Name));

        Fill(folder["model"], "damaged");
        CheckpointManifest.ReplaceText(folder["model"], "settings", "third");
        Assert.Contains("weights", Assert.Throws<InputException>(() => CheckpointManifest.Verify(folder["model"])).Message);
    }

    [Fact]
    public void AFileStaysWhereTheManifestCannotBeRenewed()
    {
        CheckpointDirectory.WriteFolder(folder["model"], "r", path => Fill(path, "old"));
        File.WriteAllText(Path.Combine(folder["model"], "manifest.json"), "cut");
        Assert.Throws<InputException>(() => CheckpointManifest.ReplaceText(folder["model"], "weights", "new"));
        Assert.Equal("old", File.ReadAllText(Path.Combine(folder["model"], "weights")));
        Assert.Equal(2, Directory.GetFiles(folder["model"]).Length);
    }
}
