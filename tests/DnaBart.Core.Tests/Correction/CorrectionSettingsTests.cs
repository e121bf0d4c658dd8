using DnaBart.Correction;
using DnaBart.Fixtures;
using DnaBart.IO;

namespace DnaBart.Core.Tests.Correction;

public class CorrectionSettingsTests
{
    [Fact]
    public void What_is_saved_is_loaded()
    {
        using var folder = new TemporaryFolder();
        new CorrectionSettings(123, 2.5, 0.5, -1.5).Save(folder.Path);

        Assert.Equal(new CorrectionSettings(123, 2.5, 0.5, -1.5), CorrectionSettings.Load(folder.Path));
    }

    [Fact]
    public void A_missing_file_is_named_with_how_to_make_it()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<InputException>(() => CorrectionSettings.Load(folder.Path));

        Assert.Contains(folder["correction.json"], error.Message);
        Assert.Contains("\"window_bases\": N", error.Message);
    }

    [Fact]
    public void An_unknown_key_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["correction.json"], """{ "window_bases": 100, "treshold": 1 }""");

        Assert.Contains("treshold: unknown key", Assert.Throws<InputException>(() => CorrectionSettings.Load(folder.Path)).Message);
    }
}
