using System.Text.Json;

namespace DnaBart.IO;

/// <summary>Input that the user can mend: a malformed file, an option out of range, a file that is missing. The command line
/// prints <see cref="Exception.Message"/> as its one line and exits non-zero; no stack trace is shown.</summary>
public class InputException : Exception
{
    public InputException(string message) : base(message) { }

    public InputException(string message, Exception inner) : base(message, inner) { }

    /// <summary>An error at a line of a file, worded <c>FILE:LINE: what was found and expected</c>.</summary>
    /// <param name="file">The path as the user gave it; <c>-</c> is shown as <c>stdin</c>.</param>
    /// <param name="line">The line number, counted from 1.</param>
    /// <param name="message">What was found, what was expected, and what to do.</param>
    public static InputException At(string file, long line, string message) =>
        new($"{(file == "-" ? "stdin" : file)}:{line}: {message}");

    /// <summary>A file that the system does not let be read, and why in its own terms where .NET's mislead: to it, a folder is a file without permission.</summary>
    /// <param name="advice">What is said besides, such as where such files lie.</param>
    public static InputException Unreadable(string file, Exception e, string? advice = null)
    {
        var reason = e switch
        {
            FileNotFoundException or DirectoryNotFoundException => "no such file",
            _ when Directory.Exists(file) => "it is a folder",
            UnauthorizedAccessException => "permission denied",
            _ => e.Message.TrimEnd('.'),
        };
        return new($"{file}: cannot be read ({reason}){(advice is null ? "" : $"; {advice}")}", e);
    }

    /// <summary>An error of the JSON parser, with its line where it knows one; of a key that stands twice it does not.</summary>
    public static InputException MalformedJson(string file, JsonException e)
    {
        // The parser counts from 0 and adds what it counted to its message.
        var message = $"malformed JSON: {e.Message.Split(" Path: ")[0].Split(" LineNumber: ")[0].TrimEnd('.')}";
        return e.LineNumber is { } line ? At(file, line + 1, $"{message} (byte {e.BytePositionInLine + 1} of the line)") : new($"{file}: {message}");
    }
}
