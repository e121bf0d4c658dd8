using System.Text.Json;
using DnaBart.IO;
using DnaBart.Sweeps;

namespace DnaBart.Finetuning;

/// <summary>A folder with a folder for each sweep, as `dnabart sweep` makes them: <c>dnabart sweep report</c> works on each.</summary>
/// <param name="newRunner">What trains the trials of a sweep's folder on this machine.</param>
public sealed class SweepRoot(string path, Func<SweepFolder, ITrialRunner> newRunner) : ISweepStorage
{
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>The sweeps there are, by name.</summary>
    public IEnumerable<SweepFolder> Folders => Directory.Exists(Path)
        ? Directory.EnumerateDirectories(Path).Order(StringComparer.Ordinal).Select(folder => new SweepFolder(folder)).Where(folder => File.Exists(folder.Journal))
        : [];

    /// <summary>The folder of a sweep.</summary>
    /// <exception cref="InputException">The name is no folder's name.</exception>
    public SweepFolder Folder(string sweep)
    {
        RequireFolderName("sweep", sweep);
        return new SweepFolder(System.IO.Path.Combine(Path, sweep));
    }

    /// <inheritdoc/>
    public void Create(SweepPlan plan)
    {
        var folder = Folder(plan.Name);
        plan.Validate();
        foreach (var setting in plan.Settings)
            RequireFolderName("setting", setting.Name);
        FinetuningSetting.Check(plan);
        // A start that was broken off after this is made again.
        if (File.Exists(folder.Journal) && Json(folder.ReadState().Plan) == Json(plan))
            return;
        Directory.CreateDirectory(folder.Path);
        SweepJournal.Create(folder.Journal, plan);
    }

    /// <inheritdoc/>
    public ITrialRunner Runner(string sweep) => newRunner(Folder(sweep));

    /// <inheritdoc/>
    public void Finish(SweepState state) => Folder(state.Plan.Name).WriteEnd(state);

    private static void RequireFolderName(string what, string name)
    {
        if (name.Length is 0 or > 100 || name[0] == '.' || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            throw new InputException($"{what} '{name}': its name is a folder's too: letters, digits, -, _ and . (not the first) expected");
    }

    private static string Json(SweepPlan plan) => JsonSerializer.Serialize(plan, SweepJournal.Json);
}
