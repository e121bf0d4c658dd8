using DnaBart.IO;

namespace DnaBart.Model.Pretraining;

/// <summary>A CSV file that grows with a run, its first column the step. When a run is resumed, rows past the checkpoint are dropped: the
/// run will write them again.</summary>
internal sealed class MetricsLog : IDisposable
{
    private readonly StreamWriter writer;

    /// <param name="step">Rows of later steps are dropped.</param>
    public MetricsLog(string path, string header, long step)
    {
        var kept = File.Exists(path) ? Rows(path).Where(row => StepOf(row) <= step).ToList() : [];
        AtomicFile.WriteAllText(path, string.Concat(kept.Prepend(header).Select(line => line + "\n")));
        writer = new StreamWriter(path, append: true) { AutoFlush = true };
    }

    public void Add(params IEnumerable<object> values) => writer.WriteLine(string.Join(',', values));

    public void Dispose() => writer.Dispose();

    /// <summary>The whole rows of a file, without its header. A row that a kill has cut short is left out: it has no line end.</summary>
    public static IEnumerable<string> Rows(string path)
    {
        var text = File.ReadAllText(path);
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1);
    }

    public static long StepOf(string row) => long.Parse(row.AsSpan(0, row.IndexOf(',')));
}
