using System.Diagnostics;
using DnaBart.Fixtures;
using DnaBart.IO;

namespace DnaBart.Core.Tests.IO;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void WithoutACommitAnEarlierFileStaysAndNothingElse()
    {
        File.WriteAllText(folder["a"], "earlier");
        using (var file = new AtomicFile(folder["a"]))
            file.Stream.Write("later"u8);
        Assert.Equal("earlier", File.ReadAllText(folder["a"]));
        Assert.Single(Directory.GetFiles(folder[""]));
    }

    [Fact]
    public void AFileWhoseFolderHasGoneCanBeDisposedOf()
    {
        Directory.CreateDirectory(folder["gone"]);
        using var file = new AtomicFile(folder["gone/a"]);
        Directory.Delete(folder["gone"], recursive: true);
    }

    [Fact]
    public void ASymbolicLinkStaysAndItsFileIsReplaced()
    {
        Directory.CreateDirectory(folder["elsewhere"]);
        File.WriteAllText(folder["elsewhere/a"], "earlier");
        File.CreateSymbolicLink(folder["link"], "elsewhere/a");
        AtomicFile.WriteAllText(folder["link"], "later");
        Assert.Equal("elsewhere/a", new FileInfo(folder["link"]).LinkTarget);
        Assert.Equal("later", File.ReadAllText(folder["elsewhere/a"]));
    }

    // A named pipe stands for /dev/null too, which a failure of this test would destroy.
    [Fact]
    public async Task APipeIsWrittenAndStays()
    {
        MakePipe(folder["pipe"]);
        Assert.True(Paths.IsSpecial(folder["pipe"]));
        // Either end waits for the other to be opened.
        var read = Task.Run(() => File.ReadAllText(folder["pipe"]));
        var write = Task.Run(() => AtomicFile.WriteAllText(folder["pipe"], "text"));
        Assert.Equal("text", await read.WaitAsync(TimeSpan.FromSeconds(30)));
        await write;
        Assert.True(Paths.IsSpecial(folder["pipe"]));
        Assert.Single(Directory.GetFiles(folder[""]));
    }

    [Theory]
    [InlineData("/dev/null", true)]
    [InlineData("/", false)]
    [InlineData("/proc/self/status", false)]
    [InlineData("/no/such/file", false)]
    public void DevicesAreSpecial(string path, bool special) => Assert.Equal(special, Paths.IsSpecial(path));

    private static void MakePipe(string path)
    {
        using var process = Process.Start("mkfifo", [path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
