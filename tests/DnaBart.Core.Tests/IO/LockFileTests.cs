using DnaBart.Fixtures;
using DnaBart.IO;

namespace DnaBart.Core.Tests.IO;

public sealed class LockFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TellsAFileInUseFromOneThatCannotBeOpened()
    {
        using var held = LockFile.Take(folder["lock"], "in use");
        Assert.StartsWith("in use", Assert.Throws<InputException>(() => LockFile.Take(folder["lock"], "in use")).Message);

        var unusable = Directory.CreateDirectory(folder["unusable"]).FullName;
        Assert.StartsWith($"{unusable}: cannot be written", Assert.Throws<InputException>(() => LockFile.Take(unusable, "in use")).Message);
    }

    [Fact]
    public async Task WaitsForAFileInUse()
    {
        var held = LockFile.Take(folder["lock"], "in use");
        var waiting = Task.Run(() => LockFile.Take(folder["lock"], "in use", TimeSpan.FromMinutes(1)));
        await Task.Delay(TimeSpan.FromMilliseconds(200));
        Assert.False(waiting.IsCompleted);
        held.Dispose();
        (await waiting).Dispose();
    }
}
