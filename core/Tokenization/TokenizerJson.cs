using System.Text.Encodings.Web;
using System.Text.Json;
using DnaBart.IO;

namespace DnaBart.Tokenization;

/// <summary>Reads and writes Hugging Face's <c>tokenizer.json</c>, format version 1.0: a BPE model over the letters of DNA, split at
/// white space, with a template of special tokens. What would change the ids and is not implemented is refused by name. The
/// decoder is not read: the bases of tokens are joined, whatever it says.</summary>
internal static class TokenizerJson
{
    /// <summary>The names by which the special tokens are known: BART's, then BERT's.</summary>
    private static readonly string[] BeginNames = ["<s>", "[CLS]"];
    private static readonly string[] EndNames = ["</s>", "[SEP]"];
    private static readonly string[] PadNames = ["<pad>", "[PAD]"];
    private static readonly string[] MaskNames = ["<mask>", "[MASK]"];

    /// <exception cref="InputException">The file is missing or malformed, or uses a feature that is not supported.</exception>
    public static Vocabulary Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Read(path, document.RootElement);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw InputException.Unreadable(path, e, "give a tokenizer.json or a folder that holds one");
        }
        catch (JsonException e)
        {
            throw InputException.At(path, (e.LineNumber ?? 0) + 1,
                $"not valid JSON ({e.Message}); a Hugging Face tokenizer.json is expected");
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // JsonElement's own errors: a field is missing or of another type.
            throw new InputException($"{path}: not a Hugging Face tokenizer.json of a BPE model ({e.Message})", e);
        }
    }

    private static Vocabulary Read(string path, JsonElement root)
    {
        RequireNull(path, root, "truncation");
        RequireNull(path, root, "padding");
        RequireNull(path, root, "normalizer");
        RequireType(path, root, "pre_tokenizer", "Whitespace");
        var model = RequireType(path, root, "model", "BPE");
        foreach (var field in new[] { "dropout", "continuing_subword_prefix", "end_of_word_suffix" })
            RequireNull(path, model, field);
        foreach (var field in new[] { "fuse_unk", "byte_fallback", "ignore_merges" })
        {
            if (model.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.True)
                throw Unsupported(path, $"model.{field}", "true", "false");
        }

        var ids = new Dictionary<string, int>();
        foreach (var entry in model.GetProperty("vocab").EnumerateObject())
            AddToken(path, ids, entry.Name, entry.Value.GetInt32());
        var specials = new HashSet<string>();
        foreach (var added in root.GetProperty("added_tokens").EnumerateArray())
        {
            var content = added.GetProperty("content").GetString()!;
            if (!added.GetProperty("special").GetBoolean())
                throw Unsupported(path, $"added_tokens \"{content}\" with \"special\"", "false", "true");
            AddToken(path, ids, content, added.GetProperty("id").GetInt32());
            specials.Add(content);
        }

        var tokens = new string[ids.Count];
        var isSpecial = new bool[ids.Count];
        foreach (var (token, id) in ids)
        {
            if ((uint)id >= (uint)tokens.Length || tokens[id] is not null)
            {
                throw new InputException(
                    $"{path}: token \"{token}\" has id {id}; ids must run from 0 to {tokens.Length - 1}, each used once");
            }
            tokens[id] = token;
            isSpecial[id] = specials.Contains(token);
            if (!isSpecial[id] && (token.Length == 0 || token.Any(letter => letter is < 'A' or > 'Z')))
            {
                throw new InputException(
                    $"{path}: token \"{token}\" is not of the letters A to Z; list it in added_tokens if it is special");
            }
        }

        var unknown = model.TryGetProperty("unk_token", out var name) ? name.GetString() : null;
        var special = new SpecialTokens(
            Special(path, ids, specials, "unk_token of the model", unknown is null ? [] : [unknown]),
            Special(path, ids, specials, "begin", BeginNames),
            Special(path, ids, specials, "end", EndNames),
            Special(path, ids, specials, "padding", PadNames),
            Special(path, ids, specials, "mask", MaskNames));
        var (prefix, suffix) = Template(path, root, ids);
        return new Vocabulary
        {
            Tokens = tokens,
            IsSpecial = isSpecial,
            Merges = [.. model.GetProperty("merges").EnumerateArray().Select((merge, rank) => ReadMerge(path, merge, rank, ids))],
            Special = special,
            Prefix = prefix,
            Suffix = suffix,
        };
    }

    private static void AddToken(string path, Dictionary<string, int> ids, string token, int id)
    {
        if (!ids.TryAdd(token, id) && ids[token] != id)
            throw new InputException($"{path}: token \"{token}\" has two ids, {ids[token]} and {id}; keep one");
    }

    private static int Special(string path, Dictionary<string, int> ids, HashSet<string> specials, string role, string[] names)
    {
        var name = names.FirstOrDefault(specials.Contains)
            ?? throw new InputException(
                $"{path}: no {role} token among added_tokens{(names.Length > 0 ? $"; name it {string.Join(" or ", names)}" : "")}");
        return ids[name];
    }

    /// <summary>A merge: "LEFT RIGHT", or ["LEFT", "RIGHT"] as written since tokenizers 0.20.</summary>
    private static Merge ReadMerge(string path, JsonElement merge, int rank, Dictionary<string, int> ids)
    {
        var parts = merge.ValueKind == JsonValueKind.Array
            ? [.. merge.EnumerateArray().Select(part => part.GetString()!)]
            : merge.GetString()!.Split(' ');
        if (parts.Length != 2)
            throw new InputException($"{path}: merge {rank + 1} (\"{merge}\") is not a pair of tokens");
        return new Merge(Id(parts[0]), Id(parts[1]), Id(parts[0] + parts[1]));

        int Id(string token) => ids.TryGetValue(token, out var id)
            ? id
            : throw new InputException($"{path}: merge {rank + 1} (\"{merge}\") needs the token \"{token}\", which model.vocab lacks");
    }

    /// <summary>The special tokens before and after a single sequence.</summary>
    private static (int[] Prefix, int[] Suffix) Template(string path, JsonElement root, Dictionary<string, int> ids)
    {
        if (!root.TryGetProperty("post_processor", out var processor) || processor.ValueKind == JsonValueKind.Null)
            return ([], []);
        RequireType(path, root, "post_processor", "TemplateProcessing");
        var (prefix, suffix) = (new List<int>(), new List<int>());
        var part = prefix;
        foreach (var piece in processor.GetProperty("single").EnumerateArray())
        {
            if (piece.TryGetProperty("Sequence", out _))
            {
                part = suffix;
                continue;
            }
            var name = piece.GetProperty("SpecialToken").GetProperty("id").GetString()!;
            part.Add(ids.TryGetValue(name, out var id)
                ? id
                : throw new InputException($"{path}: post_processor.single names \"{name}\", which is not in the vocabulary"));
        }
        return ([.. prefix], [.. suffix]);
    }

    private static void RequireNull(string path, JsonElement parent, string field)
    {
        if (!parent.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null)
            return;
        if (value.ValueKind != JsonValueKind.String || value.GetString() != "") // an empty prefix or suffix is none
            throw Unsupported(path, field, Describe(value), "null");
    }

    private static JsonElement RequireType(string path, JsonElement root, string field, string type)
    {
        var value = root.GetProperty(field);
        if (value.ValueKind != JsonValueKind.Object || value.GetProperty("type").GetString() != type)
            throw Unsupported(path, field, Describe(value), type);
        return value;
    }

    private static string Describe(JsonElement value) =>
        value.ValueKind != JsonValueKind.Object ? value.GetRawText()
        : value.TryGetProperty("type", out var type) ? type.ToString()
        : "set";

    private static InputException Unsupported(string path, string field, string found, string supported) =>
        new($"{path}: {field} is {found}, which is not supported; {supported} is expected " +
            "(a BPE model over DNA letters, split at white space)");

    /// <summary>Writes the file, whole or not at all.</summary>
    public static void Write(string path, Vocabulary vocabulary)
    {
        using var file = new AtomicFile(path);
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(file.Stream, options))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            WriteAddedTokens(json, vocabulary);
            json.WriteNull("normalizer");
            WriteType(json, "pre_tokenizer", "Whitespace");
            WriteTemplate(json, vocabulary);
            WriteType(json, "decoder", "Fuse");
            WriteModel(json, vocabulary);
            json.WriteEndObject();
        }
        file.Commit();
    }

    private static void WriteType(Utf8JsonWriter json, string field, string type)
    {
        json.WriteStartObject(field);
        json.WriteString("type", type);
        json.WriteEndObject();
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartArray("added_tokens");
        for (var id = 0; id < vocabulary.Tokens.Length; id++)
        {
            if (!vocabulary.IsSpecial[id])
                continue;
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", vocabulary.Tokens[id]);
            foreach (var flag in new[] { "single_word", "lstrip", "rstrip", "normalized" })
                json.WriteBoolean(flag, false);
            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteTemplate(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        json.WriteStartArray("single");
        WritePieces(vocabulary.Prefix, 0);
        WriteSequence("A", 0);
        WritePieces(vocabulary.Suffix, 0);
        json.WriteEndArray();
        json.WriteStartArray("pair");
        WritePieces(vocabulary.Prefix, 0);
        WriteSequence("A", 0);
        WritePieces(vocabulary.Suffix, 0);
        WriteSequence("B", 1);
        WritePieces(vocabulary.Suffix, 1);
        json.WriteEndArray();
        json.WriteStartObject("special_tokens");
        foreach (var id in vocabulary.Prefix.Concat(vocabulary.Suffix).Distinct())
        {
            json.WriteStartObject(vocabulary.Tokens[id]);
            json.WriteString("id", vocabulary.Tokens[id]);
            json.WriteStartArray("ids");
            json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(vocabulary.Tokens[id]);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();

        void WritePieces(int[] ids, int typeId)
        {
            foreach (var id in ids)
                WritePiece("SpecialToken", vocabulary.Tokens[id], typeId);
        }

        void WriteSequence(string name, int typeId) => WritePiece("Sequence", name, typeId);

        void WritePiece(string kind, string id, int typeId)
        {
            json.WriteStartObject();
            json.WriteStartObject(kind);
            json.WriteString("id", id);
            json.WriteNumber("type_id", typeId);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    private static void WriteModel(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", vocabulary.Tokens[vocabulary.Special.Unknown]);
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteStartObject("vocab");
        for (var id = 0; id < vocabulary.Tokens.Length; id++)
            json.WriteNumber(vocabulary.Tokens[id], id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right, _) in vocabulary.Merges)
            json.WriteStringValue($"{vocabulary.Tokens[left]} {vocabulary.Tokens[right]}");
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
