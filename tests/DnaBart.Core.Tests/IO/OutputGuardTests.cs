using DnaBart.Fixtures;
using DnaBart.IO;

namespace DnaBart.Core.Tests.IO;

public sealed class OutputGuardTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public OutputGuardTests()
    {
        Directory.CreateDirectory(folder["real"]);
        File.WriteAllText(folder["real/in.fq"], "");
        Directory.CreateSymbolicLink(folder["linked"], "real");
        File.CreateSymbolicLink(folder["link.fq"], "linked/in.fq");
        File.CreateSymbolicLink(folder["link-to-link.fq"], folder["link.fq"]);
    }

    public void Dispose() => folder.Dispose();

    private static string Failure(string[] inputs, string[] outputs, params string?[] files) =>
        Assert.Throws<InputException>(() => OutputGuard.Check(inputs, outputs, files)).Message;

    [Theory]
    [InlineData("real/in.fq")]
    [InlineData("real/../real/./in.fq")]
    [InlineData("linked/in.fq")]
    [InlineData("link.fq")]
    [InlineData("link-to-link.fq")]
    public void AnOutputThatIsAnInputIsAnError(string output) =>
        Assert.Contains("is also an input", Failure([folder["real/in.fq"]], [folder[output]]));

    [Fact]
    public void ARelativePathIsTheSameFile()
    {
        var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), folder["real/in.fq"]);
        Assert.Contains("is also an input", Failure([folder["real/in.fq"]], [relative]));
    }

    [Fact]
    public void AnOutputGivenTwiceIsAnError() =>
        Assert.Contains("two outputs", Failure([], [folder["real/out.fq"], folder["linked/out.fq"]]));

    [Fact]
    public void AFileIsCheckedAsAnyOutput() => Assert.Contains("two outputs", Failure([], [folder["real/out.fq"]], null, folder["linked/out.fq"]));

    [Fact]
    public void StandardOutputForTwoOutputsIsAnError() => Assert.StartsWith("-: is given for two outputs", Failure(["-"], ["-", "-"]));

    [Fact]
    public void StandardOutputForAFileIsAnError() => Assert.Contains("no stream but a file", Failure([], [], null, "-"));

    [Fact]
    public void AFolderIsAnError() => Assert.Contains("is a folder", Failure([], [folder["real"]]));

    [Fact]
    public void AFileInNoFolderIsAnError() => Assert.Contains($"there is no folder {folder["absent"]}", Failure([], [folder["absent/out.fq"]]));

    [Fact]
    public void OtherFilesAndStreamsPass() =>
        OutputGuard.Check(["-", folder["real/in.fq"]], ["-", folder["real/out.fq"], folder["in.fq"], "/dev/null", "/dev/null"], null, "./-", "/dev/null");

    [Fact]
    public void ALoopOfLinksIsAnError()
    {
        File.CreateSymbolicLink(folder["x"], "y");
        File.CreateSymbolicLink(folder["y"], "x");
        Assert.Contains("loop", Failure([folder["real/in.fq"]], [folder["x"]]));
    }
}
