using System.Text;

namespace DnaBart.Silo.Metrics;

/// <summary>Names of OpenTelemetry as Prometheus has them: letters, digits and underscores, with the unit and <c>_total</c> in the name.
/// The rules are those of OpenTelemetry's specification, Prometheus and OpenMetrics Compatibility, OTLP Metric points to Prometheus.</summary>
internal static class PrometheusName
{
    /// <summary>Units of UCUM in words; what is not listed stays as it is.</summary>
    private static readonly Dictionary<string, string> Units = new()
    {
        ["d"] = "days", ["h"] = "hours", ["min"] = "minutes", ["s"] = "seconds",
        ["ms"] = "milliseconds", ["us"] = "microseconds", ["ns"] = "nanoseconds",
        ["By"] = "bytes", ["KiBy"] = "kibibytes", ["MiBy"] = "mebibytes", ["GiBy"] = "gibibytes", ["TiBy"] = "tebibytes",
        ["kBy"] = "kilobytes", ["KBy"] = "kilobytes", ["MBy"] = "megabytes", ["GBy"] = "gigabytes", ["TBy"] = "terabytes",
        ["m"] = "meters", ["V"] = "volts", ["A"] = "amperes", ["J"] = "joules", ["W"] = "watts", ["g"] = "grams",
        ["Cel"] = "celsius", ["Hz"] = "hertz", ["%"] = "percent",
    };

    private static readonly Dictionary<string, string> UnitsPer = new()
    {
        ["s"] = "second", ["min"] = "minute", ["h"] = "hour", ["d"] = "day", ["wk"] = "week", ["mo"] = "month", ["a"] = "year",
    };

    /// <summary>A metric's name.</summary>
    /// <param name="isCounter">It only grows: its name ends in <c>_total</c>.</param>
    /// <param name="isGauge">A gauge of unit 1 is a ratio.</param>
    public static string OfMetric(string name, string unit, bool isCounter, bool isGauge)
    {
        const string total = "_total";
        var text = Sanitized(name, allowColon: true);
        // The unit comes before the type's suffix.
        if (isCounter && text.EndsWith(total, StringComparison.Ordinal))
            text = text[..^total.Length];
        var words = unit == "1" ? isGauge ? "ratio" : "" : InWords(unit);
        if (words.Length > 0 && !$"_{text}_".Contains($"_{words}_", StringComparison.Ordinal))
            text = $"{text}_{words}";
        return isCounter ? text + total : text;
    }

    /// <summary>A label's name.</summary>
    public static string OfLabel(string key) => Sanitized(key, allowColon: false);

    private static string InWords(string unit)
    {
        var (amount, per) = WithoutAnnotations(unit).Split('/', 2) is [var left, var right] ? (left, right) : (WithoutAnnotations(unit), "");
        var words = Units.GetValueOrDefault(amount, amount);
        if (per.Length > 0)
            words = $"{words}_per_{UnitsPer.GetValueOrDefault(per, per)}";
        return words.Length == 0 ? "" : Sanitized(words, allowColon: false).Trim('_');
    }

    /// <summary>Annotations in braces (<c>{request}</c>) say what is counted; that is no unit.</summary>
    private static string WithoutAnnotations(string unit)
    {
        while (unit.IndexOf('{') is >= 0 and var open && unit.IndexOf('}', open) is >= 0 and var close)
            unit = unit.Remove(open, close - open + 1);
        return unit.Trim();
    }

    private static string Sanitized(string name, bool allowColon)
    {
        var text = new StringBuilder(name.Length + 1);
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            text.Append('_');
        foreach (var letter in name)
        {
            var valid = char.IsAsciiLetterOrDigit(letter) || (allowColon && letter == ':') ? letter : '_';
            if (valid != '_' || text.Length == 0 || text[^1] != '_')
                text.Append(valid);
        }
        return text.ToString();
    }
}
