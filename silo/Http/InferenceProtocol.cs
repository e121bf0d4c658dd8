using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using DnaBart.Sequences;
using DnaBart.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DnaBart.Silo.Http;

/// <summary>The open inference protocol, version 2 (KServe; https://kserve.github.io/website: Open Inference Protocol), over HTTP and JSON:
/// health, metadata, inference. A correction model takes <c>bases</c> and <c>quality</c>, BYTES [n], and gives <c>bases</c>; a
/// classification model takes <c>bases</c> and gives <c>probabilities</c>, FP64 [n, classes].</summary>
internal static class InferenceProtocol
{
    private const string Bases = "bases", Quality = "quality", Probabilities = "probabilities";
    private const string Bytes = "BYTES", Doubles = "FP64";

    private static readonly string[] Probes = [HttpMethods.Get, HttpMethods.Head];

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private sealed record InputTensor(string Name, long[] Shape, string Datatype, string[] Data);

    private sealed record InferRequest(InputTensor[] Inputs, string? Id = null);

    private sealed record OutputTensor(string Name, long[] Shape, string Datatype, object Data);

    private sealed record InferAnswer(string ModelName, string ModelVersion, string? Id, OutputTensor[] Outputs);

    private sealed record TensorMetadata(string Name, string Datatype, long[] Shape);

    private sealed record ModelMetadata(string Name, string[] Versions, string Platform, TensorMetadata[] Inputs, TensorMetadata[] Outputs);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var protocol = routes.MapGroup("/v2");
        protocol.MapMethods("/health/live", Probes, () => TypedResults.Ok(new { live = true })).WithSummary("Whether the process answers");
        protocol.MapMethods("/health/ready", Probes, ReadyAsync)
            .WithSummary("Whether requests should be sent here: models are loaded and no stop is under way").AnswersJson(200, 503);
        protocol.MapGet("", () => TypedResults.Ok(new { name = "dnabart", version = typeof(InferenceProtocol).Assembly.GetName().Version!.ToString(3), extensions = Array.Empty<string>() }));
        MapModel("/models/{name}");
        MapModel("/models/{name}/versions/{version}").InPath("version", "The current version, as the metadata has it");
        // Names of models hold slashes (tf/0), which only the end of a route can: the routes above are what these look like to most.
        protocol.MapGet("/models/{**path}", DescribeAsync).ExcludeFromDescription();
        protocol.MapPost("/models/{**path}", InferAsync).ExcludeFromDescription();

        RouteGroupBuilder MapModel(string path)
        {
            var model = protocol.MapGroup(path).InPath("name", "The model");
            model.MapGet("", DescribeAsync).WithSummary("A model's metadata").AnswersJson(200, 404);
            model.MapGet("/ready", DescribeAsync).WithSummary("Whether a model is loaded").AnswersJson(200, 404);
            model.MapPost("/infer", InferAsync).WithSummary("Inference")
                .Body(Describing.Json, "An inference request of the open inference protocol")
                .Query("timeout", "number", "Seconds until the answer is no longer of use")
                .AnswersJson(200, 400, 404, 408, 413, 429, 503, 504);
            return model;
        }
    }

    private static async Task<IResult> ReadyAsync(IModelServer server, RequestGate gate, CancellationToken cancellation) =>
        !gate.IsDraining && await server.IsReadyAsync(cancellation)
            ? TypedResults.Ok(new { ready = true })
            : TypedResults.Json(new { ready = false }, statusCode: StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> DescribeAsync(HttpContext context, IModelServer server, CancellationToken cancellation)
    {
        var path = ModelPath.Of(context);
        ModelStatus? model;
        string? problem = null;
        try
        {
            model = await FindAsync(server, path, cancellation);
        }
        catch (ServingException e)
        {
            (model, problem) = (null, e.Message);
        }
        if (path.Action == "ready")
            return TypedResults.Json(new { name = path.Name, ready = model is not null }, statusCode: model is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK);
        if (model is null || path.Action is not null)
            return TypedResults.Json(new { error = problem ?? "POST infers" }, statusCode: StatusCodes.Status404NotFound);
        var corrects = model.Kind == ModelKind.Correction;
        return TypedResults.Json(new ModelMetadata(path.Name, [$"{model.Version}"], "dnabart",
            corrects ? [new(Bases, Bytes, [-1]), new(Quality, Bytes, [-1])] : [new(Bases, Bytes, [-1])],
            corrects ? [new(Bases, Bytes, [-1])] : [new(Probabilities, Doubles, [-1, model.Labels.Count])]), Json);
    }

    /// <summary>The model that a path means.</summary>
    /// <exception cref="ServingException">There is none, or not in that version.</exception>
    private static async Task<ModelStatus> FindAsync(IModelServer server, ModelPath path, CancellationToken cancellation)
    {
        var model = await ModelEndpoints.FindAsync(server, path.Name, cancellation);
        return path.Version is null || path.Version == $"{model.Version}"
            ? model
            : throw new ServingException(Refusal.UnknownModel, $"no version '{path.Version}' of model '{path.Name}'; version {model.Version} is loaded");
    }

    private static Task InferAsync(HttpContext context, IModelServer server, RequestGate gate)
    {
        var path = ModelPath.Of(context);
        return gate.RunAsync(context, "infer", RunAsync, AnswerAsync);

        async Task<string> RunAsync()
        {
            if (path.Action != "infer")
                throw new ServingException(Refusal.UnknownModel, $"POST {context.Request.Path}: nothing is there; /v2/models/NAME/infer infers");
            var cancellation = context.RequestAborted;
            using var body = new JsonBody(context.Request);
            var request = await body.ReadAsync<InferRequest>(Json, "an inference request as JSON expected");
            var terms = gate.Terms(context)(false);
            var model = await FindAsync(server, path, cancellation);
            var bases = Sequences(request, Bases);
            OutputTensor output;
            if (model.Kind == ModelKind.Correction)
            {
                var corrected = await server.CorrectAsync(path.Name, Reads(bases, Sequences(request, Quality)), terms, cancellation);
                output = new OutputTensor(Bases, [corrected.Length], Bytes, corrected.Select(read => Encoding.ASCII.GetString(read.Bases)));
            }
            else
            {
                var rows = await server.ClassifyAsync(path.Name, [.. bases.Select(Checked)], terms, cancellation);
                output = new OutputTensor(Probabilities, [rows.Length, model.Labels.Count], Doubles, rows.SelectMany(row => row));
            }
            await Results.Json(new InferAnswer(path.Name, $"{model.Version}", request.Id, [output]), Json).ExecuteAsync(context);
            return path.Name;
        }
    }

    private static string[] Sequences(InferRequest request, string name)
    {
        var tensor = request.Inputs.FirstOrDefault(input => input?.Name == name)
            ?? throw new BadHttpRequestException($"an input named '{name}' expected");
        if (tensor.Datatype != Bytes)
            throw new BadHttpRequestException($"input '{name}': datatype {Bytes} expected, found {tensor.Datatype}");
        if (tensor.Shape is not [var rows] || rows != tensor.Data.Length)
            throw new BadHttpRequestException($"input '{name}': shape [{tensor.Data.Length}] expected, as many as there are data");
        return tensor.Data;
    }

    private static Read[] Reads(string[] bases, string[] quality)
    {
        if (bases.Length != quality.Length)
            throw new BadHttpRequestException($"{quality.Length} qualities for {bases.Length} sequences");
        return [.. bases.Zip(quality, Together)];

        static Read Together(string bases, string quality)
        {
            if (quality.Length != (bases?.Length ?? -1) || quality.AsSpan().ContainsAnyExceptInRange('!', '~'))
                throw new BadHttpRequestException("each quality must have a letter from '!' to '~' (Phred+33) for each base");
            return new Read("", Checked(bases!), Encoding.ASCII.GetBytes(quality));
        }
    }

    private static byte[] Checked(string? sequence)
    {
        if (string.IsNullOrEmpty(sequence) || !Ascii.IsValid(sequence) || Nucleotides.IndexOfInvalid(Encoding.ASCII.GetBytes(sequence)) >= 0)
            throw new BadHttpRequestException("sequences of IUPAC nucleotide letters expected");
        return Encoding.ASCII.GetBytes(sequence);
    }

    // The protocol has its own form of errors.
    private static async Task AnswerAsync(HttpContext context, Exception error)
    {
        Problems.SetRetryAfter(context.Response, error);
        await Results.Json(new { error = Problems.Detail(error) }, statusCode: Problems.StatusOf(error) ?? StatusCodes.Status500InternalServerError)
            .ExecuteAsync(context);
    }
}
