using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text;
using DnaBart.Alignment;

namespace DnaBart.Client;

/// <summary>What is wrong with a command line.</summary>
internal static class Usage
{
    // Letters that a mistyped name may have wrong, missing or too many.
    private const int MostWrongLetters = 2;

    /// <summary>One line that says what is wrong and where to look; null if nothing is.</summary>
    /// <remarks>System.CommandLine's own way prints the help to standard output, where reads may be expected, and takes a mistyped option for a file.</remarks>
    public static string? ErrorOf(ParseResult parsed)
    {
        if (parsed.Action is HelpAction)
            return null;
        var errors = Unknown(parsed) is { } unknown
            ? $"{unknown}: no such {(unknown.StartsWith('-') ? "option" : "command or argument")}{Suggestion(parsed.CommandResult.Command, unknown)}"
            : string.Join("; ", parsed.Errors.Select(error => error.Message.TrimEnd('.')));
        return errors.Length == 0 ? null : $"{errors}; see {PathOf(parsed.CommandResult)} --help";
    }

    /// <summary>The first word that is none of the command's, or else the first value that is written as an option is.</summary>
    private static string? Unknown(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens is [var unmatched, ..])
            return unmatched;
        var beforeDashes = parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).ToHashSet(ReferenceEqualityComparer.Instance);
        return parsed.CommandResult.Children.SelectMany(result => result switch
        {
            // - is standard input; numbers may be negative.
            ArgumentResult argument => argument.Tokens.Where(token => token.Value is ['-', _, ..] && beforeDashes.Contains(token)),
            OptionResult option => option.Tokens.Where(token => token.Value is ['-', '-', _, ..]),
            _ => [],
        }).FirstOrDefault()?.Value;
    }

    private static string Suggestion(Command command, string unknown)
    {
        var word = unknown.Split('=')[0];
        var nearest = command.Options.Where(option => !option.Hidden).Select(option => option.Name)
            .Concat(command.Subcommands.Where(subcommand => !subcommand.Hidden).Select(subcommand => subcommand.Name))
            .MinBy(name => Distance(name, word));
        if (nearest is not null && Distance(nearest, word) <= MostWrongLetters)
            return $"; did you mean {nearest}?";
        return word.StartsWith('-') ? $" (a file of that name is written ./{word})" : "";
    }

    private static long Distance(string a, string b) => EditCounts.Between(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b)).Distance;

    private static string PathOf(CommandResult command) => command.Parent is CommandResult parent ? $"{PathOf(parent)} {command.Command.Name}" : command.Command.Name;
}
