using System.Text.Json;
using DnaBart.Fixtures;

namespace DnaBart.Client.Tests;

public class TokenizerCommandTests
{
    private static readonly string DnaBert2 = SharedData.Sample("tokenizer/dnabert2_tokenizer.json");

    [Fact]
    public void Encode_prints_Hugging_Faces_ids_for_every_golden_line()
    {
        var golden = File.ReadLines(SharedData.Sample("tokenizer/dnabert2_tokens.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var sequences = string.Concat(golden.Select(line => line.GetProperty("seq").GetString() + "\n"));
        var expected = string.Concat(golden.Select(line => string.Join(' ', line.GetProperty("ids").EnumerateArray()) + "\n"));

        var result = CommandLine.RunProcess(CommandLine.Start("tokenizer", "encode", "--special", "--tokenizer", DnaBert2), sequences);

        Assert.Equal((0, "", expected), (result.ExitCode, result.Error, result.Output));
    }

    [Fact]
    public void Train_writes_a_tokenizer_that_encodes_and_decodes()
    {
        using var folder = new TemporaryFolder();
        var file = folder["tokenizer.json"];

        var train = CommandLine.Run("tokenizer", "train", "--vocabulary-size", "64", "-o", file, "--genome", SharedData.Sample("genomes/phiX174.NC_001422.1.fa.gz"));
        var encode = CommandLine.RunProcess(CommandLine.Start("tokenizer", "encode", "--tokenizer", folder.Path), "GATTACAN\n\nacgt\n");
        var decode = CommandLine.RunProcess(CommandLine.Start("tokenizer", "decode", "--tokenizer", file), encode.Output);

        Assert.Equal(0, train.ExitCode);
        Assert.Empty(train.Output);
        Assert.Contains("64 tokens", train.Error);
        Assert.Matches(@"^(\d+ )+9\n\n[\d ]+\n$", encode.Output);
        Assert.Equal("GATTACAN\n\nACGT\n", decode.Output);
    }

    [Fact]
    public void Decode_names_the_line_of_a_wrong_id()
    {
        var result = CommandLine.RunProcess(CommandLine.Start("tokenizer", "decode", "--tokenizer", DnaBert2), "5 6\n5 4096\n");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("stdin:2: '4096' is no token id", result.Error);
    }

    [Fact]
    public void Train_does_not_write_over_its_genome()
    {
        var genome = SharedData.Sample("genomes/phiX174.NC_001422.1.fa.gz");

        var result = CommandLine.Run("tokenizer", "train", "--genome", genome, "-o", genome);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("is also an input", result.Error);
    }
}
