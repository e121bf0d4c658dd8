using System.CommandLine;
using System.Diagnostics;
using System.Text;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Tokenization;
using Spectre.Console;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart tokenizer</c>: train a vocabulary on genomes; turn sequences into token ids and back, a line each.</summary>
internal static class TokenizerCommand
{
    public static Command Create() => new("tokenizer", "Train a BPE tokenizer; encode and decode sequences")
    {
        CreateTrain(),
        CreateEncode(),
        CreateDecode(),
    };

    private static Command CreateTrain()
    {
        var genome = new Option<string[]>("--genome")
        {
            Description = "FASTA files, plain or gzip",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var size = new Option<int>("--vocabulary-size")
        {
            Description = $"Tokens: 5 special ones, A C G T N, and the merges; 10 for single bases, at most {BpeTrainer.LargestVocabulary}",
            DefaultValueFactory = _ => 4096,
        };
        var bothStrands = new Option<bool>("--both-strands") { Description = "Count the reverse complement of each sequence too" };
        var output = new Option<string>("--output", "-o") { Description = "The tokenizer.json to write", Required = true };
        var command = new Command("train", "Train a vocabulary on genomes and write a Hugging Face tokenizer.json")
        {
            genome,
            size,
            bothStrands,
            output,
        };
        command.SetAction((parseResult, cancellationToken) => Train(
            parseResult.GetRequiredValue(genome),
            parseResult.GetValue(size),
            parseResult.GetValue(bothStrands),
            parseResult.GetRequiredValue(output),
            cancellationToken));
        return command;
    }

    private static Command CreateEncode()
    {
        var tokenizer = TokenizerOption();
        var special = new Option<bool>("--special") { Description = "Add the template's special tokens (<s> ... </s>)" };
        var command = new Command("encode", "Read a sequence a line from standard input; print its token ids, a line each")
        {
            tokenizer,
            special,
        };
        command.SetAction((parseResult, cancellationToken) => Encode(
            BpeTokenizer.Load(parseResult.GetRequiredValue(tokenizer)), parseResult.GetValue(special), cancellationToken));
        return command;
    }

    private static Command CreateDecode()
    {
        var tokenizer = TokenizerOption();
        var command = new Command("decode", "Read the token ids of a sequence a line from standard input; print its bases")
        {
            tokenizer,
        };
        command.SetAction((parseResult, cancellationToken) => Decode(BpeTokenizer.Load(parseResult.GetRequiredValue(tokenizer)), cancellationToken));
        return command;
    }

    private static Option<string> TokenizerOption() =>
        new("--tokenizer") { Description = "A tokenizer.json, or the folder that holds it", Required = true };

    private static void Train(string[] genomes, int size, bool bothStrands, string output, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        OutputGuard.Check(genomes, [], output);
        var sequences = new List<ReadOnlyMemory<byte>>();
        foreach (var path in genomes)
        {
            using var reader = FastaReader.Open(path);
            foreach (var sequence in reader.ReadAll())
            {
                cancellationToken.ThrowIfCancellationRequested();
                sequences.Add(sequence.Bases);
            }
        }
        var bases = sequences.Sum(sequence => (long)sequence.Length);
        Console.Error.WriteLine($"{sequences.Count:N0} sequences, {bases:N0} bases, read in {watch.Elapsed.TotalSeconds:F1} s");

        var tokenizer = WithProgress(size, progress => BpeTrainer.Train(
            sequences, size, new BpeTrainerOptions { BothStrands = bothStrands, Progress = progress }), cancellationToken);
        tokenizer.Save(output);

        var ids = new List<int>();
        var tokens = 0L;
        foreach (var sequence in sequences)
        {
            ids.Clear();
            tokenizer.Encode(sequence.Span, ids);
            tokens += ids.Count;
        }
        if (tokenizer.VocabularySize < size)
        {
            Console.Error.WriteLine($"note: after {tokenizer.VocabularySize:N0} tokens no pair occurs twice, " +
                $"so there are fewer than the {size:N0} asked for; give a larger genome");
        }
        Console.Error.WriteLine($"{output}: {tokenizer.VocabularySize:N0} tokens in {watch.Elapsed.TotalSeconds:F1} s; " +
            $"the genome is {tokens:N0} tokens, {(double)bases / tokens:F2} bases each");
    }

    /// <summary>Runs the training with a bar on standard error, where that is a terminal.</summary>
    private static BpeTokenizer WithProgress(int size, Func<IProgress<int>, BpeTokenizer> train, CancellationToken cancellationToken)
    {
        if (Console.IsErrorRedirected)
            return train(new Reporter(_ => cancellationToken.ThrowIfCancellationRequested()));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress().AutoClear(true).Start(context =>
        {
            var bar = context.AddTask("tokens", maxValue: size);
            return train(new Reporter(tokens =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                bar.Value = tokens;
            }));
        });
    }

    private static void Encode(BpeTokenizer tokenizer, bool special, CancellationToken cancellationToken)
    {
        var ids = new List<int>();
        ForEachLine(cancellationToken, (sequence, _, output) =>
        {
            ids.Clear();
            if (special)
                tokenizer.EncodeWithSpecialTokens(Encoding.Latin1.GetBytes(sequence), ids);
            else
                tokenizer.Encode(Encoding.Latin1.GetBytes(sequence), ids);
            Span<char> digits = stackalloc char[11];
            for (var i = 0; i < ids.Count; i++)
            {
                if (i > 0)
                    output.Write(' ');
                ids[i].TryFormat(digits, out var length);
                output.Write(digits[..length]);
            }
        });
    }

    private static void Decode(BpeTokenizer tokenizer, CancellationToken cancellationToken)
    {
        var ids = new List<int>();
        ForEachLine(cancellationToken, (line, number, output) =>
        {
            ids.Clear();
            foreach (var word in line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                if (!int.TryParse(word, out var id) || id < 0 || id >= tokenizer.VocabularySize)
                {
                    throw InputException.At("-", number, $"'{word}' is no token id; " +
                        $"ids from 0 to {tokenizer.VocabularySize - 1}, separated by spaces, are expected");
                }
                ids.Add(id);
            }
            output.Write(Encoding.ASCII.GetString(tokenizer.Decode(ids.ToArray())));
        });
    }

    /// <summary>Reads standard input and writes a line to standard output for each of its lines.</summary>
    private static void ForEachLine(CancellationToken cancellationToken, Action<string, long, TextWriter> write)
    {
        using var input = new StreamReader(Console.OpenStandardInput(), Encoding.Latin1, detectEncodingFromByteOrderMarks: false, 1 << 16);
        using var output = new StreamWriter(StandardOutput.Open(), Encoding.ASCII, 1 << 16) { NewLine = "\n" };
        for (var number = 1L; input.ReadLine() is { } line; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            write(line, number, output);
            output.WriteLine();
        }
    }

    /// <summary>Reports on the calling thread, so that a cancellation thrown there ends the training.</summary>
    private sealed class Reporter(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
