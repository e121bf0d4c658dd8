using System.Text.Json;

namespace DnaBart.IO;

/// <summary>A JSON object of a file that people write: every key must be known and of the right type. Errors are
/// <see cref="InputException"/>s that name the file, the key's path and what is allowed there.</summary>
public sealed class StrictJsonObject
{
    private readonly string file;
    private readonly string path;
    private readonly Dictionary<string, JsonElement> members = [];
    private readonly List<string> asked = [];

    private StrictJsonObject(string file, string path, JsonElement element)
    {
        this.file = file;
        this.path = path;
        if (element.ValueKind != JsonValueKind.Object)
            throw new InputException($"{file}: {(path.Length == 0 ? "" : path + ": ")}an object {{...}} expected, found {Shown(element)}");
        foreach (var member in element.EnumerateObject())
            members.Add(member.Name, member.Value);
    }

    /// <summary>Reads a file's top-level object, hands it to <paramref name="read"/>, and then refuses keys that were not asked for.
    /// Comments and trailing commas are allowed.</summary>
    /// <exception cref="InputException">The file is missing, malformed, or holds an unknown key or a wrong value.</exception>
    public static T ReadFile<T>(string file, Func<StrictJsonObject, T> read)
    {
        try
        {
            return Parse(File.ReadAllText(file), file, read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw InputException.Unreadable(file, e);
        }
    }

    /// <summary>As <see cref="ReadFile"/>, from text; <paramref name="file"/> is the name that errors show.</summary>
    public static T Parse<T>(string json, string file, Func<StrictJsonObject, T> read)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions
            {
                AllowDuplicateProperties = false,
                AllowTrailingCommas = true,
                CommentHandling = JsonCommentHandling.Skip,
            });
        }
        catch (JsonException e)
        {
            throw InputException.MalformedJson(file, e);
        }
        using (document)
            return new StrictJsonObject(file, "", document.RootElement).Finish(read);
    }

    /// <summary>An error about a key of this object, worded <c>FILE: path.key: message</c>.</summary>
    public InputException Error(string key, string message) => new($"{file}: {PathOf(key)}: {message}");

    public bool Has(string key)
    {
        asked.Add(key);
        return members.ContainsKey(key);
    }

    public string String(string key, string? fallback = null) =>
        Value(key, fallback, "a string", element => element.ValueKind == JsonValueKind.String ? element.GetString() : null)!;

    public bool Boolean(string key, bool? fallback = null) =>
        Value<bool?>(key, fallback, "true or false", element => element.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => null,
        })!.Value;

    /// <summary>A whole number from <paramref name="min"/> to <paramref name="max"/>.</summary>
    public long Integer(string key, long min, long max, long? fallback = null) =>
        Value<long?>(key, fallback, max == long.MaxValue ? $"a whole number, {min} or more," : $"a whole number from {min} to {max}", element =>
            element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var n) && n >= min && n <= max ? n : null)!.Value;

    /// <summary>A number from <paramref name="min"/> to <paramref name="max"/>.</summary>
    public double Number(string key, double min, double max, double? fallback = null) =>
        Value<double?>(key, fallback, max == double.MaxValue ? $"a number, {min} or more," : $"a number from {min} to {max}", element =>
            element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var x) && x >= min && x <= max ? x : null)!.Value;

    /// <summary>One of a few words.</summary>
    public string Choice(string key, IReadOnlyCollection<string> allowed, string? fallback = null) =>
        Value(key, fallback, $"one of {string.Join(", ", allowed)}", element =>
            element.ValueKind == JsonValueKind.String && allowed.Contains(element.GetString()!) ? element.GetString() : null)!;

    /// <summary>A nested object.</summary>
    public T Object<T>(string key, Func<StrictJsonObject, T> read) => new StrictJsonObject(file, PathOf(key), Required(key)).Finish(read);

    /// <summary>A list of objects, with one item or more.</summary>
    public IReadOnlyList<T> Objects<T>(string key, Func<StrictJsonObject, T> read)
    {
        var list = Required(key);
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw Error(key, $"a list of one or more objects expected, found {Shown(list)}");
        return list.EnumerateArray().Select((item, i) => new StrictJsonObject(file, $"{PathOf(key)}[{i}]", item).Finish(read)).ToList();
    }

    private JsonElement Required(string key) => Has(key) ? members[key] : throw Error(key, "missing");

    private T? Value<T>(string key, T? fallback, string expected, Func<JsonElement, T?> read)
    {
        if (!Has(key) && fallback is not null)
            return fallback;
        var element = Required(key);
        return read(element) is { } value ? value : throw Error(key, $"{expected} expected, found {Shown(element)}");
    }

    private T Finish<T>(Func<StrictJsonObject, T> read)
    {
        var result = read(this);
        if (members.Keys.FirstOrDefault(key => !asked.Contains(key)) is { } unknown)
            throw Error(unknown, $"unknown key; allowed here: {string.Join(", ", asked.Distinct())}");
        return result;
    }

    private string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static string Shown(JsonElement element)
    {
        var text = element.GetRawText();
        return text.Length <= 40 ? text : text[..37] + "...";
    }
}
