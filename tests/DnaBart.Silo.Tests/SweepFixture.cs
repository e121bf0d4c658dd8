using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using DnaBart.Fixtures;

namespace DnaBart.Silo.Tests;

/// <summary>Tiny sweeps on a server in a process of its own.</summary>
public sealed class SweepFixture : TinySweeps
{
    private readonly Lazy<SweepServer> shared;

    public SweepFixture() => shared = new(() => Start("sweeps"));

    /// <summary>The server of the tests that share one.</summary>
    internal SweepServer Shared => shared.Value;

    /// <summary>Starts a server.</summary>
    /// <param name="sweeps">The name of the folder that it keeps sweeps in.</param>
    internal SweepServer Start(string sweeps) => new(Folder[sweeps]);

    /// <summary>A plan of the recipe <c>quick</c> as HTTP takes it: the first record of a journal, less its checksum.</summary>
    public JsonObject NewPlan(string name)
    {
        var plan = JsonNode.Parse(File.ReadLines(Path.Combine(Quick, "sweep.journal")).First()[17..])!.AsObject();
        plan["Name"] = name;
        return plan;
    }

    public override void Dispose()
    {
        if (shared.IsValueCreated)
            shared.Value.Dispose();
        base.Dispose();
    }
}

/// <summary>A single node that keeps sweeps, seen from outside.</summary>
internal sealed class SweepServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public SweepServer(string sweeps)
    {
        Folder = sweeps;
        Process = new ServerProcess(Path.Combine(AppContext.BaseDirectory, "DnaBart.Client.dll"), "--model", SampleReads.ModelFolder, "--device", "cpu",
            "--threads", "1", "--admin-url", "http://127.0.0.1:0", "--sweeps", sweeps);
        Administration = new HttpClient { BaseAddress = new Uri(Process.AdminUrl), Timeout = Patience };
        Administration.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ServerProcess.Token);
    }

    public string Folder { get; }

    public ServerProcess Process { get; }

    public HttpClient Http => Process.Http;

    /// <summary>Sends the token to the administration's port.</summary>
    public HttpClient Administration { get; }

    public async Task<HttpResponseMessage> PostAsync(string plan) =>
        await Administration.PostAsync("/v1/sweeps", new StringContent(plan, Encoding.UTF8, "application/json"));

    /// <summary>The sweeps by name.</summary>
    public async Task<Dictionary<string, JsonObject>> ListAsync() =>
        (await Http.GetFromJsonAsync<JsonObject[]>("/v1/sweeps"))!.ToDictionary(sweep => (string)sweep["name"]!);

    /// <summary>A sweep's events, until the server has no more of them.</summary>
    public async IAsyncEnumerable<JsonObject> EventsAsync(string sweep)
    {
        using var end = new CancellationTokenSource(Patience);
        using var response = await Http.GetAsync($"/v1/sweeps/{sweep}/events", HttpCompletionOption.ResponseHeadersRead, end.Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(end.Token));
        while (await reader.ReadLineAsync(end.Token) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                yield return JsonNode.Parse(line["data: ".Length..])!.AsObject();
        }
    }

    /// <summary>The trials' statuses, in the plan's order.</summary>
    public static IEnumerable<string> Statuses(JsonObject sweep) => sweep["trials"]!.AsArray().Select(trial => (string)trial!["status"]!);

    public void Dispose()
    {
        Administration.Dispose();
        Process.Dispose();
    }
}
