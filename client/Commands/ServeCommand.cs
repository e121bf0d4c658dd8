using System.CommandLine;
using System.Net;
using DnaBart.Client.Sweeps;
using DnaBart.Finetuning;
using DnaBart.IO;
using DnaBart.Model;
using DnaBart.Silo;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart serve</c>: correction and classification over HTTP, until it is told to stop.</summary>
internal static partial class ServeCommand
{
    /// <summary>The environment's variable that holds the administration's token, for the server and for its callers.</summary>
    internal const string TokenVariable = "DNABART_ADMIN_TOKEN";

    public static Command Create()
    {
        var model = new Option<string[]>("--model")
        {
            Description = "A model's folder, or NAME=FOLDER; without a name, the folder's own. Several may be given",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var url = new Option<string>("--url") { Description = "Where to listen", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var device = new Option<string[]>("--device")
        {
            Description = "cpu, cuda or cuda:N, each holding every model; the first GPU by default, else the CPU",
            AllowMultipleArgumentsPerToken = true,
        };
        var threads = ModelOptions.Threads();
        var defaults = new ServerOptions { Models = [], Url = "", Devices = [] };
        var delay = Positive("--batch-delay", "Milliseconds that a GPU waits for other requests to share a batch; a CPU computes each by itself", (int)defaults.BatchDelay.TotalMilliseconds, least: 0);
        var queue = Positive("--queue", "Batches that may wait before each replica; what comes beyond is refused", defaults.QueueBatches);
        var uploads = Positive("--uploads", "Requests answered at a time; what comes beyond is refused", defaults.Uploads);
        var timeout = Positive("--timeout", "Seconds until a request's answer must begin, where it does not say (?timeout=)", (int)defaults.Timeout.TotalSeconds);
        var adminUrl = new Option<string?>("--admin-url")
        {
            Description = $"Where models are loaded and unloaded (PUT and DELETE /v1/models/NAME) and sweeps started and stopped, with the token in {TokenVariable}; nowhere by default",
        };
        var sweeps = new Option<string?>("--sweeps") { Description = "The folder that sweeps are kept in, which may then be started over HTTP; shared by all silos of a cluster. None by default" };
        var command = new Command("serve", "Serve models over HTTP") { model, url, device, threads, delay, queue, uploads, timeout, adminUrl, sweeps };
        AddClusterOptions(command);
        command.SetAction(async (parseResult, cancellation) =>
        {
            var devices = parseResult.GetValue(device) is [_, ..] given ? given.Select(Engine.Check).Distinct().ToArray() : [Engine.Check(null)];
            var options = new ServerOptions
            {
                Models = [.. parseResult.GetRequiredValue(model).Select(ParseModel)],
                Url = Address("--url", parseResult.GetRequiredValue(url)),
                Devices = devices,
                Threads = parseResult.GetValue(threads),
                BatchDelay = TimeSpan.FromMilliseconds(parseResult.GetValue(delay)),
                QueueBatches = parseResult.GetValue(queue),
                Uploads = parseResult.GetValue(uploads),
                Timeout = TimeSpan.FromSeconds(parseResult.GetValue(timeout)),
                AdminUrl = parseResult.GetValue(adminUrl) is { } admin ? Address("--admin-url", admin) : null,
                AdminToken = Environment.GetEnvironmentVariable(TokenVariable),
                Sweeps = parseResult.GetValue(sweeps) is { } root ? Sweeps(root, parseResult.GetValue(threads), devices.Length) : null,
            };
            JoinCluster(parseResult, ref options);
            await RunAsync(options, cancellation);
            return 0;
        });
        return command;
    }

    /// <param name="threads">Of the trainings on all slots together.</param>
    private static SweepRoot Sweeps(string root, int threads, int slots) =>
        new(root, folder => new ProcessTrialRunner(folder.Path, Math.Max(1, threads / Math.Max(1, slots)), static (_, _) => { }));

    /// <summary>Adds the options of a cluster's silo, where that is built.</summary>
    static partial void AddClusterOptions(Command command);

    /// <summary>Makes the server a silo, if the command line says so.</summary>
    static partial void JoinCluster(ParseResult parseResult, ref ServerOptions options);

    private static async Task RunAsync(ServerOptions options, CancellationToken cancellation)
    {
        if (options.AdminUrl is not null && string.IsNullOrEmpty(options.AdminToken))
            throw new InputException($"--admin-url: set {TokenVariable} to the token that administrators shall send");
        if (options.Models.GroupBy(model => model.Name).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new InputException($"--model: two models are called '{twice.Key}'; name them, NAME=FOLDER");
        await using var server = await Server.StartAsync(options, cancellation);
        Console.Error.WriteLine($"serving {string.Join(", ", options.Models.Select(model => model.Name))} on {string.Join(", ", options.Devices)}; "
            + $"listening on {string.Join(", ", server.Addresses)}; Ctrl-C stops");
        await Task.Delay(Timeout.Infinite, cancellation).ContinueWith(static _ => { }, TaskScheduler.Default);
        Console.Error.WriteLine("stopping: what has begun is answered");
        await server.StopAsync();
    }

    private static ModelFolder ParseModel(string text)
    {
        var equals = text.IndexOf('=');
        if (equals == text.Length - 1 && equals > 0)
            throw new InputException($"--model {text}: NAME=FOLDER expected; is a variable unset?");
        if (equals > 0)
            return new ModelFolder(text[..equals], text[(equals + 1)..]);
        return new ModelFolder(Path.GetFileName(Path.TrimEndingDirectorySeparator(Paths.Full(text))), text);
    }

    private static string Address(string option, string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri is not { Scheme: "http", PathAndQuery: "/", Fragment: "", UserInfo: "" })
            throw new InputException($"{option} {text}: an address such as http://127.0.0.1:8080 expected");
        // Of any other name the web server would listen on every interface.
        if (uri.Host != "localhost" && !IPAddress.TryParse(uri.DnsSafeHost, out _))
            throw new InputException($"{option} {text}: an IP address or localhost expected, found the name '{uri.Host}'; give the address of the interface to listen on, or 0.0.0.0 for all");
        // It has an address of either family, whose free ports may be others.
        if (uri is { Host: "localhost", Port: 0 })
            throw new InputException($"{option} {text}: http://127.0.0.1:0 or http://[::1]:0 expected for any free port");
        return uri.GetLeftPart(UriPartial.Authority);
    }

    private static Option<int> Positive(string name, string description, int value, int least = 1) =>
        new Option<int>(name) { Description = description, DefaultValueFactory = _ => value }.AtLeast(least);
}
