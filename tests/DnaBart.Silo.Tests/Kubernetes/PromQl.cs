using System.Text.RegularExpressions;

namespace DnaBart.Silo.Tests.Kubernetes;

/// <summary>Reads queries of Prometheus, as far as to tell which metrics they ask for.</summary>
internal static partial class PromQl
{
    private static readonly HashSet<string> Words =
        ["and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right"];

    /// <summary>The metrics of a query, or of Grafana's <c>label_values(metric, label)</c>.</summary>
    public static IReadOnlyList<string> MetricsOf(string query)
    {
        var text = LabelValues().Replace(query, "$1");
        text = Quoted().Replace(text, "");
        text = Matchers().Replace(text, "");
        text = Ranges().Replace(text, "");
        text = Groupings().Replace(text, "");
        return [.. Names().Matches(text).Select(match => match.Value).Where(name => !Words.Contains(name)).Distinct()];
    }

    [GeneratedRegex(@"^label_values\((.*), \w+\)$")]
    private static partial Regex LabelValues();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Matchers();

    [GeneratedRegex(@"\[[^\]]*\]|\boffset \w+")]
    private static partial Regex Ranges();

    [GeneratedRegex(@"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")]
    private static partial Regex Groupings();

    // A name that no parenthesis follows is no function; a digit begins no name.
    [GeneratedRegex(@"(?<![\w:.])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()")]
    private static partial Regex Names();
}
