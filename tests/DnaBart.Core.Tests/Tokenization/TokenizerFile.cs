using System.Text.Json;
using System.Text.Json.Nodes;
using DnaBart.Tokenization;

namespace DnaBart.Core.Tests.Tokenization;

/// <summary>Builds tokenizer.json files for tests, and loads them.</summary>
internal static class TokenizerFile
{
    private static readonly string[] Specials = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"];

    /// <summary>A file with the given letters and merges; each merge's result is a token.</summary>
    public static JsonObject Json(string letters, IEnumerable<(string Left, string Right)> merges)
    {
        var rules = merges.ToList();
        var tokens = Specials.Concat(letters.Select(letter => letter.ToString())).Concat(rules.Select(merge => merge.Left + merge.Right)).Distinct();
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. Specials.Select((name, id) => new JsonObject { ["id"] = id, ["content"] = name, ["special"] = true })]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "Whitespace" },
            ["post_processor"] = null,
            ["decoder"] = null,
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = "[UNK]",
                ["fuse_unk"] = false,
                ["vocab"] = new JsonObject(tokens.Select((token, id) => KeyValuePair.Create<string, JsonNode?>(token, id))),
                ["merges"] = new JsonArray([.. rules.Select(merge => JsonValue.Create($"{merge.Left} {merge.Right}"))]),
            },
        };
    }

    public static BpeTokenizer Load(JsonNode json) => LoadText(json.ToJsonString(new JsonSerializerOptions()));

    public static BpeTokenizer LoadText(string text)
    {
        var path = Path.Combine(Path.GetTempPath(), $"tokenizer-{Guid.NewGuid():N}.json");
        File.WriteAllText(path, text);
        try
        {
            return BpeTokenizer.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
