using System.Diagnostics;

namespace DnaBart.Fixtures;

internal static class Waiting
{
    /// <summary>Waits until something is so; fails when it is not within a minute.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), $"not within a minute: {what}");
            await Task.Delay(20);
        }
    }
}
