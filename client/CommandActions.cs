using System.CommandLine;

namespace DnaBart.Client;

/// <summary>What a command does, where it does not await: System.CommandLine hands a token to asynchronous actions only.</summary>
internal static class CommandActions
{
    /// <summary>Has the command do this, on the caller's thread; a signal cancels the token (<see cref="Interruption"/>).</summary>
    public static void SetAction(this Command command, Action<ParseResult, CancellationToken> action) => command.SetAction((parseResult, cancellation) =>
    {
        action(parseResult, cancellation);
        return 0;
    });

    /// <summary>The same for an action that gives the exit code.</summary>
    public static void SetAction(this Command command, Func<ParseResult, CancellationToken, int> action) =>
        command.SetAction((parseResult, cancellation) => Task.FromResult(action(parseResult, cancellation)));
}
