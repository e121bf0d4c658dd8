using DnaBart.Fixtures;

namespace DnaBart.Silo.Tests;

/// <summary>A server on a free port of this machine, with the model of <c>models/sars-cov-2</c>.</summary>
internal static class TestServer
{
    public const string Model = "sars-cov-2";

    public static Task<Server> StartAsync() => Server.StartAsync(
        new ServerOptions
        {
            Models = [new ModelFolder(Model, Path.Combine(SharedData.Root, "models", Model))],
            Url = "http://127.0.0.1:0",
            Devices = ["cpu"],
        }, CancellationToken.None);

    public static HttpClient NewClient(this Server server) => new() { BaseAddress = server.Addresses.Single() };

    /// <summary>Has one read corrected.</summary>
    public static async Task CorrectOneReadAsync(this HttpClient client)
    {
        using var body = new StringContent($"@read\n{new string('A', 100)}\n+\n{new string('I', 100)}\n");
        using var answer = await client.PostAsync("/v1/correct", body);
        answer.EnsureSuccessStatusCode();
    }
}
