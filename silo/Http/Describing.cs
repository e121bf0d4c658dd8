using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace DnaBart.Silo.Http;

/// <summary>Describes routes for the OpenAPI document. Bodies and answers are streams, so that nothing can be read off the handlers' types.</summary>
internal static class Describing
{
    public const string Json = "application/json";

    public static RouteHandlerBuilder Body(this RouteHandlerBuilder route, string contentType, string description) =>
        route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Description = description,
                Content = new Dictionary<string, OpenApiMediaType> { [contentType] = new() { Schema = SchemaOf(contentType) } },
            };
            return Task.CompletedTask;
        });

    public static RouteHandlerBuilder Query(this RouteHandlerBuilder route, string name, string type, string description) =>
        route.Parameter(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Description = description, Schema = Schema(type) });

    /// <summary>A part of the path that handlers find by themselves.</summary>
    public static RouteGroupBuilder InPath(this RouteGroupBuilder routes, string name, string description) =>
        routes.Parameter(new OpenApiParameter { Name = name, In = ParameterLocation.Path, Required = true, Description = description, Schema = Schema("string") });

    public static RouteHandlerBuilder Answers(this RouteHandlerBuilder route, int status, params string[] contentTypes) =>
        route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Responses ??= [];
            operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = ReasonPhrases.GetReasonPhrase(status),
                Content = contentTypes.ToDictionary(type => type, type => new OpenApiMediaType { Schema = SchemaOf(type) }),
            };
            return Task.CompletedTask;
        });

    /// <summary>Statuses of answers as JSON.</summary>
    public static RouteHandlerBuilder AnswersJson(this RouteHandlerBuilder route, params int[] statuses) =>
        statuses.Aggregate(route, static (described, status) => described.Answers(status, Json));

    /// <summary>Statuses of problems (RFC 9457).</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, params int[] statuses) =>
        statuses.Aggregate(route, static (described, status) => described.ProducesProblem(status));

    private static TBuilder Parameter<TBuilder>(this TBuilder routes, OpenApiParameter parameter)
        where TBuilder : IEndpointConventionBuilder => routes.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(parameter);
            return Task.CompletedTask;
        });

    private static OpenApiSchema SchemaOf(string contentType) => contentType == Json ? new() { Type = JsonSchemaType.Object } : Schema("string");

    private static OpenApiSchema Schema(string type) => new() { Type = type == "number" ? JsonSchemaType.Number : JsonSchemaType.String };
}
