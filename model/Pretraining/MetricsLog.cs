using DnaBart.IO;

namespace DnaBart.Model.Pretraining;

/// <summary>A CSV file that grows with a run, its first column the step. When a run is resumed, rows past the checkpoint are dropped: the
/// run will write them again.</summary>
internal sealed class MetricsLog : IDisposable
{
    private readonly StreamWriter writer;

    /// <param name="step">Rows of later steps are dropped.</param>
    /// <exception cref="InputException">A row of the file was not written here.</exception>
    public MetricsLog(string path, string header, long step)
    {
        var rows = File.Exists(path) ? Rows(path).ToList() : [];
        var columns = header.Count(letter => letter == ',');
        var strange = rows.FindIndex(row => row.Count(letter => letter == ',') != columns || !long.TryParse(row.AsSpan(0, row.IndexOf(',')), out _));
        if (strange >= 0)
            throw InputException.At(path, strange + 2, $"'{header}' expected; take the line out, or the file away");
        var kept = rows.Where(row => StepOf(row) <= step);
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
