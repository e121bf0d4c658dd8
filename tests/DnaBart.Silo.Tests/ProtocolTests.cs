using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace DnaBart.Silo.Tests;

/// <summary>The open inference protocol, and the description of everything.</summary>
public class ProtocolTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Theory]
    [InlineData("/v2/health/live", 200)]
    [InlineData("/v2/health/ready", 200)]
    [InlineData("/v2/models/sars/ready", 200)]
    [InlineData("/v2/models/nobody/ready", 404)]
    [InlineData("/v2/models/nobody", 404)]
    [InlineData("/v3", 404)]
    public async Task Health_and_readiness_are_told_by_status(string path, int status) =>
        Assert.Equal(status, (int)(await server.Http.GetAsync(path)).StatusCode);

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

    [Fact]
    public async Task Json_that_does_not_end_is_refused_before_it_fills_the_memory()
    {
        // It asks before it sends: a refusal that comes while a body is being sent can be lost with the connection.
        using var http = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }) { BaseAddress = server.Http.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/sars/infer") { Content = new StringContent(new string(' ', 20 << 20)) };
        request.Headers.ExpectContinue = true;
        using var response = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Every_public_path_is_described_and_administration_is_not()
    {
        var paths = JsonDocument.Parse(await server.Http.GetStringAsync("/openapi.json")).RootElement.GetProperty("paths");

        Assert.Superset(new HashSet<string> { "/v1/correct", "/v1/classify/{task}", "/v1/models", "/v2/health/live", "/v2/health/ready" },
            paths.EnumerateObject().Select(path => path.Name).ToHashSet());
        Assert.False(paths.TryGetProperty("/v1/models/{name}", out _));
        Assert.True(paths.GetProperty("/v1/correct").GetProperty("post").GetProperty("responses").TryGetProperty("429", out _));
    }
}
