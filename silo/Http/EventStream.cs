using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DnaBart.Silo.Http;

/// <summary>An answer of server-sent events (WHATWG HTML, 9.2), each a value as JSON. While there is none, a comment now and then tells
/// proxies that the connection is in use, and shows the server a caller who is gone: what ASP.NET Core's own does not write.</summary>
/// <param name="values">Ends when the request is aborted.</param>
internal sealed class EventStream<T>(IAsyncEnumerable<T> values) : IResult
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    private static readonly byte[] Comment = ":\n\n"u8.ToArray();

    public async Task ExecuteAsync(HttpContext context)
    {
        var time = context.RequestServices.GetRequiredService<TimeProvider>();
        var json = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache,no-store";
        await using var events = values.GetAsyncEnumerator(context.RequestAborted);
        while (true)
        {
            var next = events.MoveNextAsync().AsTask();
            try
            {
                while (await Task.WhenAny(next, Task.Delay(KeepAlive, time, context.RequestAborted)) != next)
                    await WriteAsync(Comment);
            }
            finally
            {
                // What yields events may not be left while it looks for the next.
                await next;
            }
            if (!next.Result)
                return;
            await WriteAsync(Encoding.UTF8.GetBytes($"data: {JsonSerializer.Serialize(events.Current, json)}\n\n"));
        }

        async Task WriteAsync(byte[] bytes)
        {
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }
}
