using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace DnaBart.Silo.Http;

/// <summary>Describes routes for the OpenAPI document. Bodies and answers are streams, so that nothing can be read off the handlers' types.</summary>
internal static class Describing
{
    public static RouteHandlerBuilder Body(this RouteHandlerBuilder route, string contentType, string description) =>
        route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Description = description,
                Content = new Dictionary<string, OpenApiMediaType> { [contentType] = new() { Schema = Schema("string") } },
            };
            return Task.CompletedTask;
        });

    public static RouteHandlerBuilder Query(this RouteHandlerBuilder route, string name, string type, string description) =>
        route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Description = description, Schema = Schema(type) });
            return Task.CompletedTask;
        });

    public static RouteHandlerBuilder Answers(this RouteHandlerBuilder route, int status, params string[] contentTypes) =>
        route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Responses ??= [];
            operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = ReasonPhrases.GetReasonPhrase(status),
                Content = contentTypes.ToDictionary(type => type, _ => new OpenApiMediaType { Schema = Schema("string") }),
            };
            return Task.CompletedTask;
        });

    /// <summary>Statuses of problems (RFC 9457).</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, params int[] statuses) =>
        statuses.Aggregate(route, static (described, status) => described.ProducesProblem(status));

    private static OpenApiSchema Schema(string type) => new() { Type = type == "number" ? JsonSchemaType.Number : JsonSchemaType.String };
}
