using DnaBart.Checkpoints;
using DnaBart.IO;
using DnaBart.Model.Finetuning;

namespace DnaBart.Model.Tests.Finetuning;

public class ClassifierConfigTests
{
    private const string Own = "\"dnabart\": {\"task\": \"tf/0\", \"pooling\": \"encoderMean\", \"both_strands\": false}";

    private static ClassifierConfig Parse(string keys) => ClassifierConfig.Of(BartConfig.Parse($"{{{keys}}}", "config.json"), "config.json");

    [Fact]
    public void DropoutMayBeAbsent() =>
        Assert.Equal(0, Parse($$"""{{Own}}, "id2label": {"0": "no", "1": "yes"}""").Dropout);

    [Theory]
    [InlineData("""{"0": "no", "1": 7}""", "0.1", "config.json: id2label.1: the name of a class expected, found 7")]
    [InlineData("""{"0": "no", "2": "yes"}""", "0.1", "config.json: id2label.1: the name of a class expected, found none")]
    [InlineData("""{"0": "no", "1": "yes"}""", "\"x\"", "config.json: classifier_dropout: a number expected, found \"x\"")]
    public void SaysWhichValueIsWrong(string labels, string dropout, string expected) =>
        Assert.Equal(expected, Assert.Throws<InputException>(() => Parse($"{Own}, \"id2label\": {labels}, \"classifier_dropout\": {dropout}")).Message);
}
