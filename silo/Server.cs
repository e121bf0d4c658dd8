using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using DnaBart.Finetuning;
using DnaBart.IO;
using DnaBart.Model;
using DnaBart.Serving;
using DnaBart.Silo.Http;
using DnaBart.Silo.Metrics;
using DnaBart.Silo.Serving;
using DnaBart.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace DnaBart.Silo;

/// <summary>Models behind HTTP: on this machine's devices, or, as a member, on those of a cluster.</summary>
public sealed partial class Server : IAsyncDisposable
{
    private const long MostConnections = 1 << 16;

    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(50);

    private readonly WebApplication app;
    private readonly ServerOptions options;

    private Server(WebApplication app, ServerOptions options) => (this.app, this.options) = (app, options);

    /// <summary>Where it listens; the administration's address, where there is one, comes last.</summary>
    public IEnumerable<Uri> Addresses => Listening(app);

    /// <summary>Loads the models and begins to listen.</summary>
    /// <exception cref="InputException">A model, a device or an address is not usable.</exception>
    /// <exception cref="IOException">An address is in use.</exception>
    public static async Task<Server> StartAsync(ServerOptions options, CancellationToken cancellation)
    {
        var app = Build(options);
        try
        {
            var models = app.Services.GetRequiredService<IModelServer>();
            // In a cluster the models are no server's own.
            foreach (var model in options.Join is null ? options.Models : [])
                await models.LoadAsync(model.Name, model.Folder, cancellation);
            await app.StartAsync(cancellation);
            return new Server(app, options);
        }
        // The web server itself says so of an address in use alone.
        catch (SocketException e)
        {
            await app.DisposeAsync();
            throw new InputException($"{string.Join(", ", Urls(options))}: cannot listen there ({e.Message}); an address of this machine, and a port that this user may take, expected", e);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops: says that it is not ready, answers what it has begun (for <see cref="ServerOptions.DrainTime"/> at most), ends.</summary>
    public async Task StopAsync()
    {
        var gate = app.Services.GetRequiredService<RequestGate>();
        gate.BeginDraining();
        using var patience = new CancellationTokenSource(options.DrainTime);
        while (gate.UnderWay > 0 && !patience.IsCancellationRequested)
            await Task.Delay(DrainPoll, CancellationToken.None);
        await app.StopAsync(patience.Token);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static IEnumerable<Uri> Listening(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address));

    private static string[] Urls(ServerOptions options) => options.AdminUrl is null ? [options.Url] : [options.Url, options.AdminUrl];

    private static WebApplication Build(ServerOptions options)
    {
        // Nothing of the folder it is started in, of its environment (but OTEL_*) or of the command line configures it but the options.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(Server).Assembly.GetName().Name });
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning)
            // What ends the start is the caller's to tell.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Limit);
        builder.WebHost.UseUrls(Urls(options));
        builder.Services.AddRouting().AddMetrics().AddProblemDetails().AddOpenApi();
        builder.AddMetricsExport();
        builder.Services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase)));
        builder.Services
            .AddSingleton(options)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<RequestGate>()
            .AddSingleton<BodyRoom>()
            .AddSingleton(services => Meter(services.GetRequiredService<IMeterFactory>()))
            .AddSingleton<IReplicaLoader>(services => new ReplicaLoader(options.Threads, options.BatchDelay, options.QueueBatches,
                services.GetRequiredService<ServingMeter>(), services.GetRequiredService<TimeProvider>()))
            .AddSingleton<IModelServer>(services => new LocalModelServer(services.GetRequiredService<IReplicaLoader>(), options.Devices,
                services.GetRequiredService<ServingMeter>()));
        if (options.Sweeps is { } sweeps)
        {
            builder.Services.AddSingleton<ISweepStorage>(sweeps).AddSingleton<ISweepServer>(services => new LocalSweepServer(
                sweeps, options.Devices, services.GetRequiredService<TimeProvider>(), line => LogSweep(services.GetRequiredService<ILogger<Server>>(), line)));
        }
        else
        {
            builder.Services.AddSingleton<ISweepServer, NoSweepServer>();
        }
        options.Join?.Invoke(builder);
        var app = builder.Build();
        app.UseExceptionHandler().UseStatusCodePages();
        WebPage.Map(app);
        CorrectionEndpoint.Map(app);
        ClassificationEndpoint.Map(app);
        ModelEndpoints.Map(app);
        InferenceProtocol.Map(app);
        MetricsEndpoint.Map(app);
        // Before the first request: what an earlier process left unfinished goes on.
        app.Services.GetRequiredService<ISweepServer>();
        SweepEndpoints.Map(app);
        if (options.AdminUrl is not null)
        {
            app.Use(new AdministrationGate(options.AdminToken!, () => Listening(app).Last()).InvokeAsync);
            var administration = app.MapGroup("");
            AdministrationGate.Protect(administration);
            ModelEndpoints.MapAdministration(administration);
            SweepEndpoints.MapAdministration(administration);
        }
        app.MapOpenApi("/openapi.json");
        return app;
    }

    private static ServingMeter Meter(IMeterFactory factory)
    {
        var meter = new ServingMeter(factory);
        meter.ObserveEngine(() => Engine.LiveTensors,
            () => Engine.DeviceMemory.Select(memory => new Measurement<long>(memory.Bytes, new KeyValuePair<string, object?>("device", memory.Device))));
        return meter;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Line}")]
    private static partial void LogSweep(ILogger log, string line);

    private static void Limit(KestrelServerOptions kestrel)
    {
        // JSON is held as a whole. Sequences are not: the length of their bodies is nobody's concern (SequenceStream lifts this).
        kestrel.Limits.MaxRequestBodySize = JsonBody.Longest;
        // Requests are bounded by RequestGate, which says why it refuses one. An idle connection costs some kB, and health and metrics, which
        // come in here as well, must not be turned away for others.
        kestrel.Limits.MaxConcurrentConnections = MostConnections;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        // An upload takes one of a few places. This is for bodies that are read as a whole; SteadyBody is for the others.
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: SteadyBody.LeastRate, gracePeriod: SteadyBody.Window);
        // For answers that are written as a whole; StreamedAnswer looks at the others.
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: SteadyBody.LeastRate, gracePeriod: SteadyBody.Window);
        kestrel.AddServerHeader = false;
    }
}
