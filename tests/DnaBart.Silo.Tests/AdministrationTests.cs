using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using DnaBart.Fixtures;
using DnaBart.Silo.Http;

namespace DnaBart.Silo.Tests;

/// <summary>Loading and unloading. <c>DNABART_MODEL_SWAPS</c> says how many swaps requests must survive; 10 without it.</summary>
public class AdministrationTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly int Swaps = int.Parse(Environment.GetEnvironmentVariable("DNABART_MODEL_SWAPS") ?? "10", CultureInfo.InvariantCulture);

    private static readonly object Folder = new { folder = SampleReads.ModelFolder };

    [Fact]
    public async Task A_model_is_loaded_used_and_unloaded()
    {
        using var loaded = await server.Administration.PutAsJsonAsync("/v1/models/covid/second", Folder);
        using var used = await server.Http.PostAsync("/v1/correct?model=covid/second", new ByteArrayContent(SampleReads.Fastq(5)));
        using var unloaded = await server.Administration.DeleteAsync("/v1/models/covid/second");
        using var gone = await server.Http.PostAsync("/v1/correct?model=covid/second", new ByteArrayContent(SampleReads.Fastq(5)));

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.NoContent, HttpStatusCode.NotFound],
            new[] { loaded, used, unloaded, gone }.Select(response => response.StatusCode));
        var status = JsonDocument.Parse(await loaded.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("correction", status.GetProperty("kind").GetString());
        Assert.Equal(1, status.GetProperty("version").GetInt32());

        using var again = await server.Administration.PutAsJsonAsync("/v1/models/covid/second", Folder);
        Assert.Equal(2, await VersionAsync("covid/second"));
        using var end = await server.Administration.DeleteAsync("/v1/models/covid/second");
    }

    [Fact]
    public async Task Swaps_under_load_drop_no_request()
    {
        var body = SampleReads.Fastq(20);
        var expected = SampleReads.Text(SampleReads.Corrected(20));
        using var done = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var answered = 0;
            for (; !done.IsCancellationRequested; answered++)
            {
                using var response = await server.Http.PostAsync("/v1/correct?model=sars", new ByteArrayContent(body));
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                Assert.Equal(expected, await response.Content.ReadAsStringAsync());
            }
            return answered;
        })).ToArray();
        var first = await VersionAsync("sars");
        for (var i = 0; i < Swaps; i++)
        {
            using var swapped = await server.Administration.PutAsJsonAsync("/v1/models/sars", Folder);
            Assert.Equal(HttpStatusCode.OK, swapped.StatusCode);
        }
        done.Cancel();

        Assert.All(await Task.WhenAll(callers), answered => Assert.True(answered > 0));
        Assert.Equal(first + Swaps, await VersionAsync("sars"));
    }

    [Fact]
    public async Task A_folder_without_a_model_is_refused_and_the_one_before_serves_on()
    {
        using var response = await server.Administration.PutAsJsonAsync("/v1/models/sars", new { folder = "/nowhere" });
        using var used = await server.Http.PostAsync("/v1/correct?model=sars", new ByteArrayContent(SampleReads.Fastq(1)));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("/nowhere: no such folder", await response.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, used.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer another token")]
    [InlineData("Basic a token of the tests")]
    public async Task Without_the_token_nothing_is_administered(string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri(server.Administration.BaseAddress!, "/v1/models/sars"));
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var response = await server.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.True(await VersionAsync("sars") > 0);
    }

    [Theory]
    [InlineData("PUT", "/v1/models/sars", "{")]
    [InlineData("PUT", "/v1/models/sars", "")]
    [InlineData("POST", "/v1/sweeps", "{")]
    public async Task Without_the_token_nothing_of_a_body_is_looked_at(string method, string path, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server.Administration.BaseAddress!, path)) { Content = new StringContent(body) };
        using var response = await server.Http.SendAsync(request);
        using var known = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(body) };
        using var bad = await server.Administration.SendAsync(known);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
    }

    [Fact]
    public async Task The_name_of_the_scheme_is_taken_in_either_case()
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri(server.Administration.BaseAddress!, "/v1/models/nobody"));
        request.Headers.TryAddWithoutValidation("Authorization", $"bEARER  {ServerProcess.Token}");
        using var response = await server.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("no model 'nobody'", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Another_address_with_the_same_port_administers_nothing()
    {
        var port = FreePort.Find();
        var (other, http, admin) = await ServerFixture.StartAsync(new ServerOptions
        {
            Models = [], Devices = ["cpu"], Url = $"http://127.0.0.1:{port}", AdminUrl = $"http://127.0.0.2:{port}", AdminToken = ServerProcess.Token,
        });
        await using var stop = other;
        using var client = http;
        http.DefaultRequestHeaders.Authorization = server.Administration.DefaultRequestHeaders.Authorization;
        using var publicly = await http.DeleteAsync("/v1/models/m");
        using var administered = await http.DeleteAsync(new Uri(admin!, "/v1/models/m"));

        Assert.Contains("administers nothing", await publicly.Content.ReadAsStringAsync());
        Assert.Contains("no model 'm'", await administered.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("http://127.0.0.2:80", "127.0.0.2", true)]
    [InlineData("http://127.0.0.2:80", "::ffff:127.0.0.2", true)]
    [InlineData("http://127.0.0.2:80", "127.0.0.1", false)]
    [InlineData("http://127.0.0.2:81", "127.0.0.2", false)]
    [InlineData("http://[::1]:80", "::1", true)]
    [InlineData("http://[::1]:80", "127.0.0.1", false)]
    [InlineData("http://[::]:80", "::ffff:10.0.0.1", true)]
    [InlineData("http://[::]:80", "fe80::1", true)]
    [InlineData("http://0.0.0.0:80", "10.0.0.1", true)]
    [InlineData("http://0.0.0.0:80", "::1", false)]
    [InlineData("http://localhost:80", "::1", true)]
    [InlineData("http://localhost:80", "::ffff:127.0.0.1", true)]
    [InlineData("http://localhost:80", "10.0.0.1", false)]
    public void An_address_takes_the_connections_that_came_in_there(string listening, string local, bool isThere) =>
        Assert.Equal(isThere, AdministrationGate.IsAt(new Uri(listening), IPAddress.Parse(local), 80));

    [Fact]
    public async Task Folders_of_the_server_are_not_told_to_everybody() =>
        Assert.DoesNotContain(SampleReads.ModelFolder, await server.Http.GetStringAsync("/v1/models"));

    [Fact]
    public async Task The_public_port_administers_nothing_whatever_host_a_request_names()
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri(server.Http.BaseAddress!, "/v1/models/sars"));
        request.Headers.Host = server.Administration.BaseAddress!.Authority;
        request.Headers.Authorization = server.Administration.DefaultRequestHeaders.Authorization;
        using var response = await server.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.True(await VersionAsync("sars") > 0);
    }

    private async Task<int> VersionAsync(string name)
    {
        using var models = JsonDocument.Parse(await server.Http.GetStringAsync("/v1/models"));
        return models.RootElement.EnumerateArray().Single(model => model.GetProperty("name").GetString() == name).GetProperty("version").GetInt32();
    }
}
