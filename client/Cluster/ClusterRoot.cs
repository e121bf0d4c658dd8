using System.CommandLine;
using DnaBart.Client.Commands;

namespace DnaBart.Client;

/// <summary>The commands that need Orleans.</summary>
internal static partial class CommandLineRoot
{
    static partial void AddCluster(Command root) => root.Subcommands.Add(ClusterCommand.Create());
}
