using System.Text;
using System.Text.Json;
using DnaBart.Correction;
using DnaBart.Sequences;
using DnaBart.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DnaBart.Silo.Http;

/// <summary><c>POST /v1/correct</c>: FASTQ in, FASTQ out, in order; with <c>Accept: application/x-ndjson</c> a line of JSON a read, which
/// says what changed and why.</summary>
internal static class CorrectionEndpoint
{
    public const string FastqType = "text/x-fastq; charset=iso-8859-1";
    public const string LinesType = "application/x-ndjson";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/correct", HandleAsync)
        .WithName("correct")
        .WithSummary("Correct reads")
        .WithDescription("FASTQ, plain or gzip, in; the same reads corrected out, in order, as they are ready. Accept: application/x-ndjson gives "
            + "what changed in each read, and why, instead. A malformed record that comes after the first megabyte cuts the connection.")
        .Body("text/x-fastq", "FASTQ, four lines a record, plain or gzip")
        .Query("model", "string", "The model; may be left out where one correction model is loaded")
        .Query("timeout", "number", "Seconds until the answer is no longer of use")
        .Answers(StatusCodes.Status200OK, "text/x-fastq", LinesType)
        .Refuses(400, 404, 408, 413, 429, 503, 504);

    private static Task HandleAsync(HttpContext context, IModelServer server, RequestGate gate)
    {
        return gate.RunAsync(context, "correct", RunAsync, Problems.AnswerAsync);

        async Task<string> RunAsync()
        {
            var terms = gate.Terms(context);
            var model = (string?)context.Request.Query["model"] ?? await DefaultModelAsync(server, context.RequestAborted);
            var explains = context.Request.GetTypedHeaders().Accept.Any(static type => type.MediaType.Equals(LinesType, StringComparison.OrdinalIgnoreCase) && type.Quality != 0);
            var answer = new StreamedAnswer<Read, CorrectedRead>(
                body => FastqReader.Open(body, "body", SequenceStream.LongestRecord).ReadAll(),
                static read => read.Name.Length + read.Bases.Length,
                (reads, continues, cancellation) => server.CorrectAsync(model, reads, terms(continues), cancellation),
                explains ? WriteLines : WriteFastq);
            await answer.RunAsync(context, explains ? LinesType : FastqType, default);
            return model;
        }
    }

    /// <summary>The one correction model that is loaded.</summary>
    /// <exception cref="BadHttpRequestException">There are several.</exception>
    /// <exception cref="ServingException">There is none.</exception>
    public static async Task<string> DefaultModelAsync(IModelServer server, CancellationToken cancellation)
    {
        var names = (await server.ListAsync(cancellation)).Where(model => model.Kind == ModelKind.Correction).Select(model => model.Name).ToList();
        return names switch
        {
            [var only] => only,
            [] => throw new ServingException(Refusal.UnknownModel, "no correction model is loaded"),
            _ => throw new BadHttpRequestException($"name a model with ?model=: {string.Join(", ", names)}"),
        };
    }

    private static void WriteFastq(Stream output, Read[] reads, CorrectedRead[] corrected)
    {
        var writer = new ReadWriter(output);
        foreach (var read in corrected)
            writer.Write(read.Read with { Bases = read.Bases });
    }

    private static void WriteLines(Stream output, Read[] reads, CorrectedRead[] corrected)
    {
        foreach (var read in corrected)
        {
            JsonSerializer.Serialize(output, Explained.Of(read), Json);
            output.WriteByte((byte)'\n');
        }
    }

    /// <summary>A read and its changes.</summary>
    private sealed record Explained(string Name, string Bases, string Corrected, string Quality, IEnumerable<ExplainedChange> Changes)
    {
        public static Explained Of(CorrectedRead read) => new(
            read.Read.Name, Encoding.ASCII.GetString(read.Read.Bases), Encoding.ASCII.GetString(read.Bases), Encoding.ASCII.GetString(read.Read.Quality),
            read.Changes.Select(change => new ExplainedChange(
                change.Position, (char)read.Read.Bases[change.Position], (char)read.Bases[change.Position], read.Read.Quality[change.Position] - '!',
                change.LogOdds, 1 / (1 + Math.Exp(-change.LogOdds)))));
    }

    /// <param name="Position">In the read, from 0.</param>
    /// <param name="Phred">The quality of the base as read: it is wrong with a chance of 10^(-Phred / 10), by the sequencer.</param>
    /// <param name="LogOdds">The model's natural log-odds for the change, with those next to it.</param>
    /// <param name="Probability">The same as a probability.</param>
    private sealed record ExplainedChange(int Position, char From, char To, int Phred, double LogOdds, double Probability);
}
