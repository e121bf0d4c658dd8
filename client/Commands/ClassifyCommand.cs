using System.CommandLine;
using DnaBart.Finetuning;
using DnaBart.IO;
using DnaBart.Model.Finetuning;
using DnaBart.Sequences;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart classify</c>: the probabilities of a finetuned model's classes for sequences, a line each.</summary>
internal static class ClassifyCommand
{
    /// <summary>Sequences looked at together: enough for batches of like lengths.</summary>
    private const int Together = 4096;

    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The folder that `dnabart finetune` wrote", Required = true };
        var reads = new Argument<string>("READS") { Description = "FASTA or FASTQ, plain or gzip; - for standard input" };
        var output = new Option<string>("--output", "-o") { Description = "The table to write; standard output by default", DefaultValueFactory = _ => "-" };
        var device = ModelOptions.Device();
        var command = new Command("classify", "Classify sequences: a table of name, class, and the probability of each class") { model, reads, output, device };
        command.SetAction((parseResult, cancellation) =>
        {
            var (input, path) = (parseResult.GetRequiredValue(reads), parseResult.GetRequiredValue(output));
            OutputGuard.Check([input], [path]);
            using var classifier = SequenceClassifier.Load(parseResult.GetRequiredValue(model), parseResult.GetValue(device));
            if (path == "-")
            {
                using var standardOutput = new BufferedStream(StandardOutput.Open());
                Write(classifier, input, standardOutput, cancellation);
            }
            else
            {
                using var file = new AtomicFile(path);
                Write(classifier, input, file.Stream, cancellation);
                file.Commit();
            }
            if (classifier.CutSequences > 0)
                Console.Error.WriteLine($"{classifier.CutSequences} sequences are longer than the model takes; of these only the beginning was looked at");
        });
        return command;
    }

    private static void Write(SequenceClassifier classifier, string input, Stream output, CancellationToken cancellation)
    {
        var labels = classifier.Config.Labels;
        output.Write(ClassificationTable.Header(labels));
        foreach (var sequences in SequenceReader.ReadAll(input).Chunk(Together))
        {
            var probabilities = classifier.Classify(Array.ConvertAll(sequences, sequence => sequence.Bases), cancellation);
            foreach (var (sequence, row) in sequences.Zip(probabilities))
                output.Write(ClassificationTable.Row(labels, sequence.Name, row));
        }
    }
}
