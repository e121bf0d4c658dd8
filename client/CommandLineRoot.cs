using System.CommandLine;
using System.CommandLine.Help;
using DnaBart.Client.Commands;

namespace DnaBart.Client;

/// <summary>The command tree: one file a command under <c>Commands/</c>.</summary>
internal static partial class CommandLineRoot
{
    public static Command Create()
    {
        // A RootCommand is called as the program's file is, DnaBart.Client.
        var root = new Command("dnabart", "DnaBart: BART for DNA. Pretrain, correct sequencing reads, classify sequences.")
        {
            ClassifyCommand.Create(),
            CorrectCommand.Create(),
            DemoCommand.Create(),
            EvaluateCommand.Create(),
            EvaluateCorrectionCommand.Create(),
            FinetuneCommand.Create(),
            GueCommand.Create(),
            InfoCommand.Create(),
            ModelCommand.Create(),
            PretrainCommand.Create(),
            ServeCommand.Create(),
            SimulateCommand.Create(),
            SweepCommand.Create(),
            TokenizerCommand.Create(),
            new HelpOption(),
            new VersionOption(),
        };
        AddCluster(root);
        NumberOptions.ReadPlainly(root);
        return root;
    }

    /// <summary>Adds what needs Orleans, where that is built.</summary>
    static partial void AddCluster(Command root);
}
