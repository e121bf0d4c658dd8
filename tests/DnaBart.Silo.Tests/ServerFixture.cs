using System.Net.Http.Headers;
using DnaBart.Fixtures;
using DnaBart.Silo;

namespace DnaBart.Silo.Tests;

/// <summary>A server in this process with the small correction model, on free ports.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private Server server = null!;

    public HttpClient Http { get; private set; } = null!;

    /// <summary>Sends the token to the administration's port.</summary>
    public HttpClient Administration { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        (server, Http, var admin) = await StartAsync(new ServerOptions
        {
            Models = [new ModelFolder("sars", SampleReads.ModelFolder)],
            Url = "http://127.0.0.1:0",
            Devices = ["cpu"],
            Threads = 2,
            AdminUrl = "http://127.0.0.1:0",
            AdminToken = ServerProcess.Token,
        });
        Administration = new HttpClient { BaseAddress = admin };
        Administration.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ServerProcess.Token);
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        Administration.Dispose();
        await server.StopAsync();
        await server.DisposeAsync();
    }

    internal static async Task<(Server Server, HttpClient Http, Uri? Admin)> StartAsync(ServerOptions options)
    {
        var server = await Server.StartAsync(options, CancellationToken.None);
        var addresses = server.Addresses.ToArray();
        return (server, new HttpClient { BaseAddress = addresses[0], Timeout = TimeSpan.FromMinutes(2) }, addresses.ElementAtOrDefault(1));
    }
}
