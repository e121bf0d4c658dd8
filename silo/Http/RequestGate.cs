using System.Diagnostics;
using System.Globalization;
using DnaBart.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DnaBart.Silo.Http;

/// <summary>What every request to a model passes: it is refused while the server drains or too many bodies are being read, counted, and
/// its error told as a problem.</summary>
public sealed class RequestGate(ServerOptions options, ServingMeter meter, TimeProvider time, ILogger<RequestGate> log)
{
    private static readonly TimeSpan SlotFreed = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(1);

    private int underWay;

    /// <summary>Set at the beginning of a stop: what comes now belongs elsewhere.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Requests that are being answered.</summary>
    public int UnderWay => Volatile.Read(ref underWay);

    public void BeginDraining() => IsDraining = true;

    /// <summary>Runs a request.</summary>
    /// <param name="operation">What the metrics call it.</param>
    /// <param name="request">Answers it, and gives the model's name.</param>
    /// <param name="onError">Tells the caller of an error.</param>
    public async Task RunAsync(HttpContext context, string operation, Func<Task<string>> request, Func<HttpContext, Exception, Task> onError)
    {
        var outcome = "ok";
        // A name that no model has would make the metrics grow with every caller's typing error.
        string? model = null;
        // A Service sends the next request of a connection where it sent the first: while this server ends, only a new one comes to another.
        context.Response.OnStarting(() =>
        {
            if (IsDraining)
                context.Response.Headers.Connection = "close";
            return Task.CompletedTask;
        });
        var count = Interlocked.Increment(ref underWay);
        try
        {
            if (IsDraining)
                throw new ServingException(Refusal.Draining, "this server is shutting down; send the request to another", SlotFreed);
            if (count > options.Uploads)
                throw new ServingException(Refusal.QueueFull, $"{options.Uploads} requests are under way; send this one again later", SlotFreed);
            model = await request();
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            outcome = "cancelled";
        }
        catch (Exception e)
        {
            outcome = Problems.Outcome(e);
            if (Problems.StatusOf(e) is null)
                log.LogError(e, "{Operation} failed", operation);
            await onError(context, e);
        }
        finally
        {
            Interlocked.Decrement(ref underWay);
            meter.Requests.Add(1, new TagList { { "operation", operation }, { "model", model }, { "outcome", outcome } });
        }
    }

    /// <summary>The terms of a part of a request that is submitted now, given whether it continues parts before it. <c>?timeout=SECONDS</c> is
    /// the whole request's deadline; without it the server's option is the first part's, and those that follow wait for their turn.</summary>
    /// <exception cref="BadHttpRequestException">The query is no number of seconds.</exception>
    public Func<bool, RequestTerms> Terms(HttpContext context)
    {
        if (context.Request.Query["timeout"] is not [var text, ..])
            return continues => new RequestTerms(time.GetUtcNow() + (continues ? LongestTimeout : options.Timeout), continues);
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || !(seconds > 0 && seconds <= LongestTimeout.TotalSeconds))
            throw new BadHttpRequestException($"timeout={text}: a number of seconds above 0, a day at most, expected");
        var deadline = time.GetUtcNow() + TimeSpan.FromSeconds(seconds);
        return continues => new RequestTerms(deadline, continues);
    }
}
