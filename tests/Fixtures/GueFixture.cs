using System.Text;

namespace DnaBart.Fixtures;

/// <summary>Writes small datasets in GUE's layout that a tiny model learns in seconds: class 1 is rich in G and C.</summary>
internal static class GueFixture
{
    /// <summary>Writes train, dev and test of a task.</summary>
    /// <param name="contrast">How much likelier G and C are in class 1: 0 leaves nothing to learn.</param>
    public static void Write(string folder, string task, int trainRows, int seed, double contrast = 0.3)
    {
        var random = new Random(seed);
        var path = Path.Combine(folder, task);
        Directory.CreateDirectory(path);
        foreach (var (split, rows) in new[] { ("train", trainRows), ("dev", 60), ("test", 60) })
        {
            var text = new StringBuilder("sequence,label\n");
            for (var row = 0; row < rows; row++)
            {
                var label = random.Next(2);
                var share = 0.5 + (label == 1 ? contrast : -contrast) / 2;
                for (var i = 0; i < 24 + random.Next(16); i++)
                    text.Append(random.NextDouble() < share ? "GC"[random.Next(2)] : "AT"[random.Next(2)]);
                text.Append($",{label}\n");
            }
            File.WriteAllText(Path.Combine(path, split + ".csv"), text.ToString());
        }
    }
}
