using DnaBart.IO;

namespace DnaBart.Gue;

/// <summary>Puts a report on the disk.</summary>
public static class GueReportFiles
{
    /// <summary>Writes <c>report.md</c>, <c>report.html</c>, <c>tables.csv</c> and <c>runs.csv</c> into a folder, which is made if need be.</summary>
    /// <returns>The paths.</returns>
    /// <exception cref="InputException">The folder cannot be written to.</exception>
    public static IReadOnlyList<string> Write(GueReport report, string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: cannot be made ({e.Message}); choose another output folder", e);
        }
        (string Name, string Content)[] files =
        [
            ("report.md", GueReportText.Markdown(report)),
            ("report.html", GueReportHtml.Page(report)),
            ("tables.csv", GueReportText.TablesCsv(report)),
            ("runs.csv", GueReportText.RunsCsv(report)),
        ];
        foreach (var (name, content) in files)
            AtomicFile.WriteAllText(Path.Combine(folder, name), content);
        return [.. files.Select(f => Path.Combine(folder, f.Name))];
    }
}
