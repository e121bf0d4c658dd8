using DnaBart.Fixtures;
using DnaBart.IO;

namespace DnaBart.Core.Tests.IO;

public sealed class StrictJsonTests
{
    private sealed record Sample(string Name, long Count, double Rate, bool On, string Kind, double Inner, int Items);

    private static Sample Read(StrictJsonObject json) => new(
        json.String("name"),
        json.Integer("count", 1, 10, 4),
        json.Number("rate", 0, 1, 0.5),
        json.Boolean("on", true),
        json.Choice("kind", ["linear", "constant"], "linear"),
        json.Object("inner", inner => inner.Number("x", 0, double.MaxValue)),
        json.Objects("items", item => item.Integer("n", 0, long.MaxValue)).Count);

    [Fact]
    public void ReadsValuesAndFallbacks()
    {
        var sample = StrictJsonObject.Parse(
            """
            {"name": "a", "on": false, // a comment
             "inner": {"x": 2.5}, "items": [{"n": 1}, {"n": 2}],}
            """, "f.json", Read);
        Assert.Equal(new Sample("a", 4, 0.5, false, "linear", 2.5, 2), sample);
    }

    [Theory]
    [InlineData("""{"name": 1}""", "f.json: name: a string expected, found 1")]
    [InlineData("""{"name": "a", "count": 11}""", "f.json: count: a whole number from 1 to 10 expected, found 11")]
    [InlineData("""{"name": "a", "count": 2.5}""", "f.json: count: a whole number from 1 to 10 expected, found 2.5")]
    [InlineData("""{"name": "a", "rate": "0.3"}""", "f.json: rate: a number from 0 to 1 expected, found \"0.3\"")]
    [InlineData("""{"name": "a", "on": 1}""", "f.json: on: true or false expected, found 1")]
    [InlineData("""{"name": "a", "kind": "cosine"}""", "f.json: kind: one of linear, constant expected, found \"cosine\"")]
    [InlineData("""{"name": "a"}""", "f.json: inner: missing")]
    [InlineData("""{"name": "a", "inner": 3}""", "f.json: inner: an object {...} expected, found 3")]
    [InlineData("""{"name": "a", "inner": {"x": -1}}""", "f.json: inner.x: a number, 0 or more, expected, found -1")]
    [InlineData("""{"name": "a", "inner": {"x": 1, "y": 1}}""", "f.json: inner.y: unknown key; allowed here: x")]
    [InlineData("""{"name": "a", "inner": {"x": 1}, "items": []}""", "f.json: items: a list of one or more objects expected, found []")]
    [InlineData("""{"name": "a", "inner": {"x": 1}, "items": [{"n": 1}, {"m": 1}]}""", "f.json: items[1].n: missing")]
    [InlineData("""{"name": "a", "inner": {"x": 1}, "items": [{"n": 1}], "lr": 1}""",
        "f.json: lr: unknown key; allowed here: name, count, rate, on, kind, inner, items")]
    [InlineData("[]", "f.json: an object {...} expected, found []")]
    public void NamesFileKeyAndWhatIsAllowed(string json, string expected) =>
        Assert.Equal(expected, Assert.Throws<InputException>(() => StrictJsonObject.Parse(json, "f.json", Read)).Message);

    [Fact]
    public void NamesTheLineOfMalformedJson() =>
        Assert.Equal("f.json:2: malformed JSON: '!' is an invalid start of a property name. Expected a '\"' (byte 2 of the line)",
            Assert.Throws<InputException>(() => StrictJsonObject.Parse("{\n !", "f.json", Read)).Message);

    [Fact]
    public void NamesAMissingFile()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("cannot be read", Assert.Throws<InputException>(() => StrictJsonObject.ReadFile(folder["none.json"], Read)).Message);
    }
}
