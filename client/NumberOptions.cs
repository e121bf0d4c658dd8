using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace DnaBart.Client;

/// <summary>How all options read numbers: with a point before decimals and nothing between digits; whole ones also as 3e9.</summary>
/// <remarks>System.CommandLine 2.0 by itself takes 1,5 for 15, and its errors name types of .NET.</remarks>
internal static class NumberOptions
{
    /// <summary>Has the options of a command and of all below it read numbers so.</summary>
    public static void ReadPlainly(Command command)
    {
        foreach (var option in command.Options)
            ReadPlainly(option);
        foreach (var subcommand in command.Subcommands)
            ReadPlainly(subcommand);
    }

    /// <summary>Refuses numbers below the least.</summary>
    public static Option<int> AtLeast(this Option<int> option, int least)
    {
        option.Validators.Add(result =>
        {
            // What is no number is refused where it is read; asking for its value throws.
            if (result.Tokens is [var token] && TryRead(token.Value, out int value) && value < least)
                result.AddError($"{option.Name} {value}: {least} or more expected");
        });
        return option;
    }

    private static void ReadPlainly(Option option)
    {
        switch (option)
        {
            case Option<double> number:
                number.CustomParser = ReadOne<double>;
                break;
            case Option<double?> number:
                number.CustomParser = result => ReadOne<double>(result);
                break;
            case Option<int> number:
                number.CustomParser = ReadOne<int>;
                break;
            case Option<int?> number:
                number.CustomParser = result => ReadOne<int>(result);
                break;
            case Option<int[]> numbers:
                numbers.CustomParser = result => [.. result.Tokens.Select(token => Read<int>(result, token))];
                break;
            case Option<long?> number:
                number.CustomParser = result => ReadOne<long>(result);
                break;
            case Option<ulong> number:
                number.CustomParser = ReadOne<ulong>;
                break;
        }
    }

    private static T ReadOne<T>(ArgumentResult result)
        where T : struct, INumber<T>, IMinMaxValue<T> => Read<T>(result, result.Tokens[0]);

    private static T Read<T>(ArgumentResult result, Token token)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        if (!TryRead(token.Value, out T value))
        {
            var expected = typeof(T) == typeof(double) ? "a number such as 1.5" : $"a whole number from 0 to {T.MaxValue}";
            result.AddError($"{((OptionResult)result.Parent!).Option.Name} {token.Value}: {expected} expected");
        }
        return value;
    }

    private static bool TryRead<T>(string text, out T value)
        where T : struct, INumber<T> =>
        T.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value) && T.IsFinite(value);
}
