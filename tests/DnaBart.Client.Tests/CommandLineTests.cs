using System.CommandLine;
using System.Numerics;

namespace DnaBart.Client.Tests;

public class CommandLineTests
{
    [Fact]
    public void Help_lists_the_commands()
    {
        var result = CommandLine.Run("--help");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("info", result.Output);
        Assert.Contains("dnabart [command]", result.Output);
    }

    [Theory]
    [InlineData("", "Required command was not provided; see dnabart --help")]
    [InlineData("frobnicate", "frobnicate: no such command or argument; see dnabart --help")]
    [InlineData("corect", "corect: no such command or argument; did you mean correct?; see dnabart --help")]
    [InlineData("model check", "Option '--model' is required; Option '--expected' is required; see dnabart model check --help")]
    [InlineData("correct --no-model in.fq -o - --thresold 3", "--thresold: no such option; did you mean --threshold?; see dnabart correct --help")]
    [InlineData("correct --no-model -x.fq -o -", "-x.fq: no such option (a file of that name is written ./-x.fq); see dnabart correct --help")]
    [InlineData("serve --model a b --urls http://127.0.0.1:8080", "--urls: no such option; did you mean --url?; see dnabart serve --help")]
    [InlineData("correct --no-model in.fq -o out.fq --threads 1.5", "--threads 1.5: a whole number from 0 to 2147483647 expected; see dnabart correct --help")]
    [InlineData("correct --no-model in.fq -o out.fq --threads 0", "--threads 0: 1 or more expected; see dnabart correct --help")]
    [InlineData("correct --no-model in.fq -o out.fq --threshold 1,5", "--threshold 1,5: a number such as 1.5 expected; see dnabart correct --help")]
    [InlineData("correct --no-model in.fq -o out.fq --threshold NaN", "--threshold NaN: a number such as 1.5 expected; see dnabart correct --help")]
    [InlineData("correct --no-model in.fq -o out.fq --kmer x", "--kmer x: a whole number from 0 to 2147483647 expected; see dnabart correct --help")]
    [InlineData("sweep plan S --model m --data d --seed 1 2.5", "--seed 2.5: a whole number from 0 to 2147483647 expected; see dnabart sweep plan --help")]
    public void What_is_wrong_with_a_command_line_is_one_line_on_standard_error(string arguments, string expected)
    {
        var result = CommandLine.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal((2, "", $"dnabart: {expected}\n"), (result.ExitCode, result.Output, result.Error));
    }

    [Theory]
    [InlineData("correct --no-model in.fq -o out.fq --genome-size 3e9 --threshold -1.5e-3 --threads 2")]
    [InlineData("correct --no-model -o out.fq -- --in.fq")]
    [InlineData("correct --model m --interleaved - -o -")]
    public void Numbers_in_any_spelling_and_files_behind_dashes_are_taken(string arguments) =>
        Assert.Null(Usage.ErrorOf(CommandLineRoot.Create().Parse(arguments.Split(' '))));

    [Fact]
    public void Every_option_that_takes_numbers_reads_them_plainly()
    {
        var options = Below(CommandLineRoot.Create()).SelectMany(command => command.Options).Where(option => TakesNumbers(option.ValueType)).ToList();

        Assert.True(options.Count > 20);
        Assert.All(options, option =>
        {
            var command = new Command("c") { option };
            Assert.StartsWith($"{option.Name} 1,5: ", Assert.Single(command.Parse([option.Name, "1,5"]).Errors).Message);
        });

        static IEnumerable<Command> Below(Command command) => command.Subcommands.SelectMany(Below).Prepend(command);

        static bool TakesNumbers(Type type) =>
            (Nullable.GetUnderlyingType(type) ?? type.GetElementType() ?? type).GetInterfaces().Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(INumber<>));
    }

    [Fact]
    public void Info_says_what_runs_and_on_what()
    {
        var result = CommandLine.Run("info");

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"(?m)^version +\d+\.\d+\.\d+", result.Output);
        Assert.Matches(@"(?m)^libtorch +\d+\.\d+.*libtorch_cpu", result.Output);
        Assert.Matches(@"(?m)^devices +cpu", result.Output);
        Assert.Matches(@"(?m)^threads +\d+$", result.Output);
        Assert.Matches("(?m)^cluster +(on|off)", result.Output);
        Assert.Empty(result.Error);
    }

    [Fact]
    public void Info_says_so_when_libtorch_does_not_load()
    {
        var start = CommandLine.Start("info");
        start.Environment["DNABART_TORCH_BRIDGE"] = "/nowhere/libdnabart_torch.so";
        var result = CommandLine.RunProcess(start);

        Assert.Equal(0, result.ExitCode);
        Assert.Matches("(?m)^libtorch +not loaded: ", result.Output);
    }
}
