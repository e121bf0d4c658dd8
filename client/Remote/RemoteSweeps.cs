using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using DnaBart.IO;
using DnaBart.Sweeps;

namespace DnaBart.Client.Remote;

/// <summary>Sweeps of a server (<c>/v1/sweeps</c>), a single node or a silo of a cluster.</summary>
/// <param name="server">Such as <c>http://127.0.0.1:8080</c>; to start and stop, the address of its administration.</param>
/// <param name="token">The administration's token; null for what needs none.</param>
/// <param name="time">What waits go by.</param>
/// <param name="note">Gets a line for the user when there is something to wait for.</param>
/// <exception cref="InputException">That is no address of a server.</exception>
internal sealed class RemoteSweeps(string server, string? token, TimeProvider time, Action<string> note) : IDisposable
{
    /// <summary>Tries to reach a server that did answer before; a restart is over by then.</summary>
    private const int Attempts = 8;

    private static readonly TimeSpan LongestAnswer = TimeSpan.FromMinutes(1), FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>While nothing happens, a server sends a comment four times in it.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    private readonly HttpClient http = RemoteServer.Client(server, LongestAnswer);

    /// <exception cref="InputException">The server refuses the plan, or does not answer.</exception>
    public async Task StartAsync(SweepPlan plan, CancellationToken cancellation)
    {
        using var content = new StringContent(JsonSerializer.Serialize(plan, SweepJournal.Json), Encoding.UTF8, "application/json");
        using var response = await AskAsync(HttpMethod.Post, "v1/sweeps", content, cancellation);
    }

    /// <exception cref="InputException">There is none of that name, or the server does not answer.</exception>
    public async Task<SweepView> FindAsync(string name, CancellationToken cancellation)
    {
        using var response = await AskAsync(HttpMethod.Get, PathOf(name), null, cancellation);
        return Parse(await response.Content.ReadAsByteArrayAsync(cancellation));
    }

    /// <summary>Stops its trials and starts no more.</summary>
    /// <exception cref="InputException">There is none of that name, or the server does not answer.</exception>
    public async Task StopAsync(string name, CancellationToken cancellation)
    {
        using var response = await AskAsync(HttpMethod.Delete, PathOf(name), null, cancellation);
    }

    /// <summary>A sweep whenever something has changed, until it is over. A connection that breaks or goes silent, as when the server restarts, is made again.</summary>
    /// <exception cref="InputException">There is none of that name, or the server does not answer any more.</exception>
    public async IAsyncEnumerable<SweepView> WatchAsync(string name, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var pause = FirstPause;
        for (var attempt = 1; ; attempt++)
        {
            await using var events = EventsAsync(name, cancellation).GetAsyncEnumerator(cancellation);
            while (await NextAsync(events))
            {
                (attempt, pause) = (0, FirstPause);
                yield return events.Current;
                if (events.Current.IsOver)
                    yield break;
            }
            if (attempt == Attempts)
                throw new InputException($"{server}: the connection was lost, and could not be made again; the sweep itself goes on with its server");
            if (attempt == 0)
                note($"{server}: the connection was lost; trying again");
            await Task.Delay(pause, time, cancellation);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    public void Dispose() => http.Dispose();

    private static string PathOf(string name) => $"v1/sweeps/{Uri.EscapeDataString(name)}";

    /// <summary>False where there is no more to come on this connection.</summary>
    private static async Task<bool> NextAsync(IAsyncEnumerator<SweepView> events)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return false;
        }
    }

    private async IAsyncEnumerable<SweepView> EventsAsync(string name, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var response = await SendAsync(HttpMethod.Get, $"{PathOf(name)}/events", null, cancellation);
        await using var stream = new SteadyStream(await response.Content.ReadAsStreamAsync(cancellation), LongestSilence, time);
        await foreach (var item in SseParser.Create(stream, (_, data) => Parse(data)).EnumerateAsync(cancellation))
            yield return item.Data;
    }

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        try
        {
            return await SendAsync(method, path, content, cancellation);
        }
        catch (HttpRequestException e)
        {
            throw e.StatusCode is null ? RemoteServer.NoAnswer(server, e) : new InputException($"{server}: {e.Message}", e);
        }
    }

    /// <exception cref="InputException">The server refuses.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached, now at least; with the status where there is one.</exception>
    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (TaskCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new HttpRequestException($"nothing came within {LongestAnswer.TotalSeconds:F0} s", e);
        }
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
        {
            if (RemoteServer.IsPassing(response.StatusCode))
                throw new HttpRequestException(RemoteServer.Detail(response), null, response.StatusCode);
            throw new InputException(response.StatusCode == HttpStatusCode.MethodNotAllowed
                ? $"{server}: takes no administration; sweeps are started and stopped at the address of `dnabart serve --admin-url`"
                : $"{server}: {RemoteServer.Detail(response)}");
        }
    }

    private SweepView Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<SweepView>(json, Json)!;
        }
        catch (JsonException e)
        {
            throw new InputException($"{server}: answered with what is no sweep ({e.Message}); is that a server of DnaBart?", e);
        }
    }
}
