using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using DnaBart.Model;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart info</c>: what this program is and what it runs on, a <c>name value</c> line each. It is the first thing
/// to send with a question.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var command = new Command("info", "Show the version and what it runs on.");
        command.SetAction(parseResult =>
        {
            foreach (var (name, value) in Facts())
                parseResult.InvocationConfiguration.Output.WriteLine($"{name,-10}{value}");
        });
        return command;
    }

    private static IEnumerable<(string Name, string Value)> Facts()
    {
        var assembly = typeof(InfoCommand).Assembly;
        yield return ("version", RunReport.Version);
        yield return ("runtime", $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}");
        yield return ("cores", $"{Environment.ProcessorCount}");
        yield return ("memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 20)} MiB");
        foreach (var fact in EngineFacts())
            yield return fact;
        yield return ("cluster", IsClusterBuilt(assembly) ? "on" : "off: the package feed had no Orleans at set-up");
    }

    /// <summary>A libtorch that does not load is itself a fact to show: <c>info</c> is what a user runs to find out why.</summary>
    private static IEnumerable<(string Name, string Value)> EngineFacts()
    {
        try
        {
            var devices = Engine.Devices.ToArray();
            return
            [
                ("libtorch", $"{Engine.Version}, {Engine.Library}"),
                ("devices", string.Join(", ", devices)),
                .. devices.Length > 1 ? [("kernels", Engine.Kernels)] : Array.Empty<(string, string)>(),
                ("threads", $"{Engine.Threads}"),
            ];
        }
        catch (Exception e) when (e.GetBaseException() is DllNotFoundException cause)
        {
            return [("libtorch", $"not loaded: {cause.Message}")];
        }
    }

    private static bool IsClusterBuilt(Assembly assembly) =>
        assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "DnaBartCluster").Value == "true";
}
