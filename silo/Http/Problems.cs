using System.Globalization;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Serving;
using Microsoft.AspNetCore.Http;

namespace DnaBart.Silo.Http;

/// <summary>Errors as callers see them: RFC 9457 problems whose detail says what to do.</summary>
internal static class Problems
{
    /// <summary>The status of an error that a caller can do something about; null for one of ours.</summary>
    public static int? StatusOf(Exception error) => error switch
    {
        ServingException { Refusal: Refusal.UnknownModel } => StatusCodes.Status404NotFound,
        ServingException { Refusal: Refusal.WrongKind } => StatusCodes.Status400BadRequest,
        ServingException { Refusal: Refusal.QueueFull } => StatusCodes.Status429TooManyRequests,
        ServingException { Refusal: Refusal.DeadlineExceeded } => StatusCodes.Status504GatewayTimeout,
        ServingException { Refusal: Refusal.Draining } => StatusCodes.Status503ServiceUnavailable,
        ServingException { Refusal: Refusal.TooLarge } or RecordTooLongException => StatusCodes.Status413PayloadTooLarge,
        // The body itself, which was read as a file is.
        InputException { InnerException: BadHttpRequestException bad } => bad.StatusCode,
        InputException => StatusCodes.Status400BadRequest,
        BadHttpRequestException bad => bad.StatusCode,
        _ => null,
    };

    /// <summary>What the metrics call it.</summary>
    public static string Outcome(Exception error) => error switch
    {
        ServingException { Refusal: Refusal.QueueFull } => "rejected",
        ServingException { Refusal: Refusal.DeadlineExceeded } => "deadline",
        ServingException { Refusal: Refusal.Draining } => "draining",
        OperationCanceledException => "cancelled",
        _ => StatusOf(error) is null ? "error" : "invalid",
    };

    /// <summary>The message for the caller; of an error of ours no more than that it happened.</summary>
    public static string Detail(Exception error) =>
        StatusOf(error) is null ? "the server failed at this request; its log has the reason" : error.Message;

    /// <summary>Sets <c>Retry-After</c> (whole seconds, one at least) where the error says when.</summary>
    public static void SetRetryAfter(HttpResponse response, Exception error)
    {
        if (error is ServingException { RetryAfter: { } wait })
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Answers with the problem, if nothing has been answered yet; otherwise cuts the connection, so that half an answer does
    /// not look whole.</summary>
    public static async Task AnswerAsync(HttpContext context, Exception error)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }
        context.Response.Clear();
        SetRetryAfter(context.Response, error);
        var status = StatusOf(error) ?? StatusCodes.Status500InternalServerError;
        await Results.Problem(Detail(error), statusCode: status).ExecuteAsync(context);
    }
}
