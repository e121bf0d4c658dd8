using DnaBart.Client.Tests;

namespace DnaBart.Fixtures;

/// <summary>A tiny model, two tiny datasets, and plans of sweeps over them: trials of a second or two.</summary>
public class TinySweeps : IDisposable
{
    private readonly Lazy<string> quick;
    private readonly Lazy<string[]> undisturbed;

    public TinySweeps()
    {
        PretrainedFixture.Write(Folder["model"]);
        GueFixture.Write(Folder["data"], "tf/3", trainRows: 96, seed: 1);
        GueFixture.Write(Folder["data"], "mouse/0", trainRows: 96, seed: 2, contrast: 0);
        WriteRecipe("quick", epochs: 3);
        WriteRecipe("endless", epochs: 10_000);
        quick = new(() => Plan("quick", "quick"));
        undisturbed = new(() =>
        {
            // A core each, as on the servers of the tests.
            Succeed("sweep", "run", Quick, "--device", "cpu", "--slots", $"{Environment.ProcessorCount}");
            return Table(Succeed("sweep", "status", Quick));
        });
    }

    internal TemporaryFolder Folder { get; } = new();

    /// <summary>The folder of a sweep of the recipe <c>quick</c>.</summary>
    public string Quick => quick.Value;

    /// <summary>What the recipe <c>quick</c> ends with in one local run.</summary>
    public string[] Undisturbed => undisturbed.Value;

    /// <summary>Plans four trials, two a task, with the command line.</summary>
    /// <param name="recipe"><c>quick</c>, or <c>endless</c>: hours.</param>
    /// <returns>The sweep's folder.</returns>
    public string Plan(string name, string recipe, params string[] more)
    {
        var planned = TryPlan(name, recipe, more);
        Assert.True(planned.ExitCode == 0, planned.Error);
        return Folder[name];
    }

    /// <inheritdoc cref="Plan"/>
    /// <returns>What the command line did.</returns>
    internal ProcessResult TryPlan(string name, string recipe, params string[] more) => CommandLine.Run(
        ["sweep", "plan", Folder[name], "--model", Folder["model"], "--data", Folder["data"], "--task", "tf/3", "mouse/0", "--seed", "1", "2",
         "--recipe", Folder[$"{recipe}.json"], .. more]);

    /// <summary>What <c>sweep status</c> printed, less how often trials were started and how long they took.</summary>
    public static string[] Table(string status) =>
        [.. Rows(status).Select(row => string.Join('\t', row.Where((_, column) => column is not (2 or 7))))];

    /// <summary>The statuses that <c>sweep status</c> printed, in the plan's order.</summary>
    public static string[] Statuses(string status) => [.. Rows(status).Skip(1).Select(row => row[1])];

    /// <summary>Runs the command line with the administration's token.</summary>
    /// <returns>What it printed.</returns>
    public static string Succeed(params string[] arguments)
    {
        var result = Run(ServerProcess.Token, arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result.Error}");
        return result.Output;
    }

    /// <summary>Runs the command line.</summary>
    internal static ProcessResult Run(string? token, params string[] arguments)
    {
        var start = CommandLine.Start(arguments);
        start.Environment["DNABART_ADMIN_TOKEN"] = token;
        return CommandLine.RunProcess(start);
    }

    public virtual void Dispose() => Folder.Dispose();

    private static IEnumerable<string[]> Rows(string status) => status.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'));

    private void WriteRecipe(string name, int epochs) => File.WriteAllText(Folder[$"{name}.json"],
        $$"""{ "description": "test", "epochs": {{epochs}}, "dropout": 0.1, "batch": { "rows": 16 }, "optimizer": { "learningRate": 3e-3 } }""");
}
