using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace DnaBart.Silo.Tests.Metrics;

/// <summary>Takes metrics as a collector of OpenTelemetry does (OTLP over HTTP, as protobuf), on a free port of this machine, and keeps their names.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    // Numbers of fields in opentelemetry/proto/collector/metrics/v1/metrics_service.proto and what it imports.
    private const int ResourceMetrics = 1, Resource = 1, ScopeMetrics = 2, Scope = 1, Metrics = 2, Name = 1, Attributes = 1, Key = 1, Value = 2, StringValue = 1;

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<(string Service, string Scope, string Metric), bool> received = [];

    private OtlpCollector(WebApplication app) => this.app = app;

    public string Url => app.Urls.Single();

    /// <summary>The metrics that came: by which service, of which meter.</summary>
    public IEnumerable<(string Service, string Scope, string Metric)> Received => received.Keys;

    public static async Task<OtlpCollector> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        var collector = new OtlpCollector(builder.Build());
        collector.app.MapPost("/v1/metrics", collector.TakeAsync);
        await collector.app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<IResult> TakeAsync(HttpRequest request)
    {
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        foreach (var resource in Messages(body.ToArray(), ResourceMetrics))
        {
            var service = Messages(resource, Resource).SelectMany(message => Messages(message, Attributes))
                .Where(attribute => Text(attribute, Key) == "service.name").Select(attribute => Text(Messages(attribute, Value).Single(), StringValue)).Single();
            foreach (var scope in Messages(resource, ScopeMetrics))
            {
                foreach (var metric in Messages(scope, Metrics))
                    received[(service, Text(Messages(scope, Scope).Single(), Name), Text(metric, Name))] = true;
            }
        }
        // An empty answer is one without complaints.
        return TypedResults.Bytes([], "application/x-protobuf");
    }

    private static string Text(ReadOnlyMemory<byte> message, int field) => Encoding.UTF8.GetString(Messages(message, field).Single().Span);

    /// <summary>The values of a field, messages or texts, of a message (https://protobuf.dev/programming-guides/encoding/).</summary>
    private static List<ReadOnlyMemory<byte>> Messages(ReadOnlyMemory<byte> message, int field)
    {
        var values = new List<ReadOnlyMemory<byte>>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(ref at);
            var length = (tag & 7) switch
            {
                0 => Skipped(ref at),
                1 => 8,
                2 => (int)Varint(ref at),
                5 => 4,
                var type => throw new InvalidDataException($"wire type {type}"),
            };
            if (tag == ((ulong)field << 3 | 2))
                values.Add(message.Slice(at, length));
            at += length;
        }
        return values;

        ulong Varint(ref int at)
        {
            var value = 0UL;
            for (var shift = 0; ; shift += 7)
            {
                var part = message.Span[at++];
                value |= (ulong)(part & 0x7F) << shift;
                if (part < 0x80)
                    return value;
            }
        }

        int Skipped(ref int at)
        {
            Varint(ref at);
            return 0;
        }
    }
}
