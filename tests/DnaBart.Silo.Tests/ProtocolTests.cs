using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DnaBart.Silo.Tests;

/// <summary>The open inference protocol, and the description of everything.</summary>
public class ProtocolTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Theory]
    [InlineData("/v2/health/live", 200)]
    [InlineData("/v2/health/ready", 200)]
    [InlineData("/v2/models/sars/ready", 200)]
    [InlineData("/v2/models/sars", 200)]
    [InlineData("/v2/models/sars/versions/1", 200)]
    [InlineData("/v2/models/sars/versions/1/ready", 200)]
    [InlineData("/v2/models/sars/versions/2", 404)]
    [InlineData("/v2/models/sars/versions/2/ready", 404)]
    [InlineData("/v2/models/sars/infer", 404)]
    [InlineData("/v2/models", 404)]
    [InlineData("/v2/models/nobody/ready", 404)]
    [InlineData("/v2/models/nobody", 404)]
    [InlineData("/v3", 404)]
    public async Task Health_and_readiness_are_told_by_status(string path, int status) =>
        Assert.Equal(status, (int)(await server.Http.GetAsync(path)).StatusCode);

    [Theory]
    [InlineData("/v2/health/live")]
    [InlineData("/v2/health/ready")]
    public async Task Health_is_told_to_those_who_want_no_body(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        Assert.Equal(HttpStatusCode.OK, (await server.Http.SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData("/v2/models/a/b/infer", 200)]
    [InlineData("/v2/models/a%2Fb/infer", 200)]
    [InlineData("/v2/models/a%2fb%2Finfer", 200)]
    [InlineData("/v2/models/a/b/versions/VERSION/infer", 200)]
    [InlineData("/v2/models/a%2Fb/versions/VERSION/infer", 200)]
    [InlineData("/v2/models/a%2Fb/versions/1000/infer", 404)]
    [InlineData("/v2/models/a%2Fb", 404)]
    public async Task A_name_with_a_slash_is_found_however_it_is_written(string path, int status)
    {
        using var loaded = await server.Administration.PutAsJsonAsync("/v1/models/a%2Fb", new { folder = SampleReads.ModelFolder });
        var version = JsonDocument.Parse(await loaded.Content.ReadAsStringAsync()).RootElement.GetProperty("version");
        using var response = await server.Http.PostAsync(path.Replace("VERSION", $"{version}", StringComparison.Ordinal), new StringContent("""
            {"inputs":[{"name":"bases","shape":[1],"datatype":"BYTES","data":["ACGT"]},{"name":"quality","shape":[1],"datatype":"BYTES","data":["IIII"]}]}
            """));
        using var unloaded = await server.Administration.DeleteAsync("/v1/models/a%2Fb");

        Assert.Equal((status, HttpStatusCode.NoContent), ((int)response.StatusCode, unloaded.StatusCode));
    }

    [Fact]
    public async Task Metadata_names_the_tensors_that_inference_takes_and_gives()
    {
        var model = JsonDocument.Parse(await server.Http.GetStringAsync("/v2/models/sars")).RootElement;
        var reads = SampleReads.Text(SampleReads.Fastq(50)).Split('\n').Chunk(4).Where(record => record.Length == 4).ToArray();
        var data = new Dictionary<string, string[]>
        {
            ["bases"] = [.. reads.Select(read => read[1])],
            ["quality"] = [.. reads.Select(read => read[3])],
        };
        using var response = await server.Http.PostAsJsonAsync("/v2/models/sars/infer", new
        {
            id = "one",
            inputs = model.GetProperty("inputs").EnumerateArray().Select(input => input.GetProperty("name").GetString()!)
                .Select(name => new { name, shape = new[] { reads.Length }, datatype = "BYTES", data = data[name] }),
        });
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        var tensor = answer.GetProperty("outputs")[0];

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(("sars", "one"), (answer.GetProperty("model_name").GetString(), answer.GetProperty("id").GetString()));
        Assert.Equal(model.GetProperty("outputs")[0].GetProperty("name").GetString(), tensor.GetProperty("name").GetString());
        Assert.Equal(reads.Length, tensor.GetProperty("shape")[0].GetInt32());
        Assert.Equal(
            SampleReads.Text(SampleReads.Corrected(50)).Split('\n').Chunk(4).Where(record => record.Length == 4).Select(record => record[1]),
            tensor.GetProperty("data").EnumerateArray().Select(text => text.GetString()));
    }

    [Theory]
    [InlineData("{", "JSON expected")]
    [InlineData("null", "found null")]
    [InlineData("""{"inputs":[]}""", "an input named 'bases' expected")]
    [InlineData("""{"inputs":[{"name":"bases","shape":[2],"datatype":"BYTES","data":["ACGT"]}]}""", "shape [1] expected")]
    [InlineData("""{"inputs":[{"name":"bases","shape":[1],"datatype":"FP32","data":["ACGT"]}]}""", "datatype BYTES expected")]
    [InlineData("""{"inputs":[{"name":"bases","shape":[1],"datatype":"BYTES","data":["ACGT"]},{"name":"quality","shape":[1],"datatype":"BYTES","data":["III"]}]}""", "a letter from '!' to '~'")]
    [InlineData("""{"inputs":[{"name":"bases","shape":[1],"datatype":"BYTES","data":["AC GT"]},{"name":"quality","shape":[1],"datatype":"BYTES","data":["IIIII"]}]}""", "IUPAC")]
    public async Task What_is_wrong_with_an_inference_request_is_told(string json, string message)
    {
        using var response = await server.Http.PostAsync("/v2/models/sars/infer", new StringContent(json));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(message, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetString());
    }

    [Fact]
    public async Task An_inference_request_that_would_fill_the_queue_is_refused()
    {
        var bases = new string('A', 1 << 19);
        string[] three = [bases, bases, bases];
        using var response = await server.Http.PostAsJsonAsync("/v2/models/sars/infer", new
        {
            inputs = new[] { "bases", "quality" }.Select(name => new { name, shape = new[] { 3 }, datatype = "BYTES", data = three }),
        });

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("send smaller requests", JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("POST", "/v2/models/sars/infer")]
    [InlineData("PUT", "/v1/models/sars")]
    [InlineData("POST", "/v1/sweeps")]
    public async Task Json_that_does_not_end_is_refused_before_it_fills_the_memory(string method, string path)
    {
        // It asks before it sends: a refusal that comes while a body is being sent can be lost with the connection.
        using var http = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }) { BaseAddress = server.Administration.BaseAddress };
        http.DefaultRequestHeaders.Authorization = server.Administration.DefaultRequestHeaders.Authorization;
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(new string(' ', 20 << 20)) };
        request.Headers.ExpectContinue = true;
        using var response = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Theory]
    [InlineData("/v1/correct", "post", "200 400 404 408 413 429 503 504", "model timeout")]
    [InlineData("/v1/classify/{task}", "post", "200 400 404 408 413 429 503 504", "task timeout")]
    [InlineData("/v1/models", "get", "200", "")]
    [InlineData("/v1/models/{name}", "put", "200 400 401 404 408 413 429 503", "name")]
    [InlineData("/v1/models/{name}", "delete", "204 401 404 429 503", "name")]
    [InlineData("/v1/sweeps", "get", "200", "")]
    [InlineData("/v1/sweeps", "post", "201 400 401 404 408 409 413 429", "")]
    [InlineData("/v1/sweeps/{name}", "get", "200 404", "name")]
    [InlineData("/v1/sweeps/{name}", "delete", "204 401 404 409", "name")]
    [InlineData("/v1/sweeps/{name}/events", "get", "200 404", "name")]
    [InlineData("/v2/health/live", "get", "200", "")]
    [InlineData("/v2/health/ready", "get", "200 503", "")]
    [InlineData("/v2/models/{name}", "get", "200 404", "name")]
    [InlineData("/v2/models/{name}/ready", "get", "200 404", "name")]
    [InlineData("/v2/models/{name}/infer", "post", "200 400 404 408 413 429 503 504", "name timeout")]
    [InlineData("/v2/models/{name}/versions/{version}/infer", "post", "200 400 404 408 413 429 503 504", "name timeout version")]
    public async Task Every_path_is_described_with_its_answers_and_parameters(string path, string method, string statuses, string parameters)
    {
        var operation = JsonNode.Parse(await server.Http.GetStringAsync("/openapi.json"))!["paths"]![path]![method]!;

        Assert.Equal(statuses, string.Join(' ', operation["responses"]!.AsObject().Select(answer => answer.Key).Order()));
        Assert.Equal(parameters, string.Join(' ', (operation["parameters"]?.AsArray() ?? []).Select(parameter => (string)parameter!["name"]!).Order()));
    }

    [Fact]
    public async Task Errors_of_inference_are_described_as_the_protocol_has_them()
    {
        var paths = JsonNode.Parse(await server.Http.GetStringAsync("/openapi.json"))!["paths"]!;

        Assert.Equal("application/json", paths["/v2/models/{name}/infer"]!["post"]!["responses"]!["429"]!["content"]!.AsObject().Single().Key);
        Assert.Equal("application/problem+json", paths["/v1/correct"]!["post"]!["responses"]!["429"]!["content"]!.AsObject().Single().Key);
        Assert.DoesNotContain(paths.AsObject(), path => path.Key.Contains("path", StringComparison.Ordinal));
    }
}
