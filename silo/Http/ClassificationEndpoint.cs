using DnaBart.Finetuning;
using DnaBart.Sequences;
using DnaBart.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DnaBart.Silo.Http;

/// <summary><c>POST /v1/classify/{task}</c>: FASTA or FASTQ in, out the table that <c>dnabart classify</c> writes.</summary>
internal static class ClassificationEndpoint
{
    private const string TableType = "text/tab-separated-values; charset=iso-8859-1";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/classify/{**task}", HandleAsync)
        .WithName("classify")
        .WithSummary("Classify sequences")
        .WithDescription("FASTA or FASTQ, plain or gzip, in; out a table of name, class, and the probability of each class, in order.")
        .Body("text/x-fasta", "FASTA or FASTQ, plain or gzip")
        .Query("timeout", "number", "Seconds until the answer is no longer of use")
        .Answers(StatusCodes.Status200OK, "text/tab-separated-values")
        .Refuses(400, 404, 408, 413, 429, 503, 504);

    private static Task HandleAsync(HttpContext context, string task, IModelServer server, RequestGate gate)
    {
        var name = ModelPath.NameIn(task);
        return gate.RunAsync(context, "classify", RunAsync, Problems.AnswerAsync);

        async Task<string> RunAsync()
        {
            var terms = gate.Terms(context);
            var model = await ModelEndpoints.FindAsync(server, name, context.RequestAborted);
            var answer = new StreamedAnswer<FastaSequence, double[]>(
                body => SequenceReader.ReadAll(body, "body", SequenceStream.LongestRecord),
                static sequence => sequence.Name.Length + sequence.Bases.Length,
                (sequences, continues, cancellation) =>
                    server.ClassifyAsync(name, Array.ConvertAll(sequences, sequence => sequence.Bases), terms(continues), cancellation),
                (output, sequences, probabilities) => Write(output, model.Labels, sequences, probabilities));
            await answer.RunAsync(context, TableType, ClassificationTable.Header(model.Labels));
            return name;
        }
    }

    private static void Write(Stream output, IReadOnlyList<string> labels, FastaSequence[] sequences, double[][] probabilities)
    {
        foreach (var (sequence, row) in sequences.Zip(probabilities))
            output.Write(ClassificationTable.Row(labels, sequence.Name, row));
    }
}
