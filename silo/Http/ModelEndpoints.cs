using System.Text.Json;
using DnaBart.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DnaBart.Silo.Http;

/// <summary><c>GET /v1/models</c>, and what only administrators may: <c>PUT</c> and <c>DELETE /v1/models/{name}</c>.</summary>
internal static class ModelEndpoints
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/models", async (IModelServer server, CancellationToken cancellation) => (await server.ListAsync(cancellation)).Select(Listed.Of))
        .WithName("models")
        .WithSummary("The models loaded, and where");

    /// <summary>The model of a name.</summary>
    /// <exception cref="ServingException">None is loaded under it.</exception>
    public static async Task<ModelStatus> FindAsync(IModelServer server, string name, CancellationToken cancellation) =>
        (await server.ListAsync(cancellation)).FirstOrDefault(model => model.Name == name)
        ?? throw new ServingException(Refusal.UnknownModel, $"no model '{name}'; GET /v1/models lists those loaded");

    /// <summary>A model as everybody may see it: the folders of the server are its administrators' concern.</summary>
    private sealed record Listed(string Name, int Version, ModelKind Kind, IReadOnlyList<string> Labels, IReadOnlyList<ReplicaStatus> Replicas)
    {
        public static Listed Of(ModelStatus model) => new(model.Name, model.Version, model.Kind, model.Labels, model.Replicas);
    }

    /// <summary>The folder that <c>PUT</c> loads.</summary>
    private sealed record LoadRequest(string Folder);

    /// <summary>What administrators may.</summary>
    /// <param name="routes">Those of the administration's port, behind its token.</param>
    public static void MapAdministration(IEndpointRouteBuilder routes)
    {
        var administration = routes.MapGroup("/v1/models");
        administration.MapPut("/{**name}", (string name, HttpContext context, IModelServer server, RequestGate gate) =>
                gate.RunAsync(context, "load", async () =>
                {
                    using var body = new JsonBody(context.Request);
                    var load = await body.ReadAsync<LoadRequest>(Json, """a folder as JSON expected, { "folder": "..." }""");
                    var loaded = await server.LoadAsync(ModelPath.NameIn(name), load.Folder, context.RequestAborted);
                    await Results.Ok(loaded).ExecuteAsync(context);
                    return loaded.Name;
                }, Problems.AnswerAsync))
            .WithName("load-model")
            .WithSummary("Loads a model, or its next version; for administrators")
            .Body(Describing.Json, """{ "folder": "..." }, a folder of the server""")
            .Produces<ModelStatus>()
            .Refuses(400, 401, 404, 408, 413, 429, 503);
        administration.MapDelete("/{**name}", (string name, HttpContext context, IModelServer server, RequestGate gate) =>
                gate.RunAsync(context, "unload", async () =>
                {
                    var unloaded = ModelPath.NameIn(name);
                    await server.UnloadAsync(unloaded, context.RequestAborted);
                    await Results.NoContent().ExecuteAsync(context);
                    return unloaded;
                }, Problems.AnswerAsync))
            .WithName("unload-model")
            .WithSummary("Unloads a model, once it has answered what it accepted; for administrators")
            .Answers(StatusCodes.Status204NoContent)
            .Refuses(401, 404, 429, 503);
    }
}
