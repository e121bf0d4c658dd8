using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using DnaBart.Fixtures;

namespace DnaBart.Silo.Tests;

/// <summary>Sweeps of a single node over HTTP and by <c>dnabart sweep --server</c>, with real finetunings.</summary>
public class SweepTests(SweepFixture sweeps, ServerFixture without) : IClassFixture<SweepFixture>, IClassFixture<ServerFixture>
{
    [Fact]
    public async Task A_sweep_is_followed_to_the_figures_of_a_local_run()
    {
        var plan = sweeps.NewPlan("whole").ToJsonString();
        using var started = await sweeps.Shared.PostAsync(plan);
        var events = await sweeps.Shared.EventsAsync("whole").ToListAsync();
        using var again = await sweeps.Shared.PostAsync(plan);

        Assert.Equal((HttpStatusCode.Created, "/v1/sweeps/whole"), (started.StatusCode, $"{started.Headers.Location}"));
        Assert.Contains(events, sweep => SweepServer.Statuses(sweep).Contains("running"));
        Assert.All(events.SkipLast(1), sweep => Assert.False((bool)sweep["isOver"]!));
        Assert.True((bool)events[^1]["isOver"]!);
        Assert.True(JsonNode.DeepEquals(events[^1], await sweeps.Shared.Http.GetFromJsonAsync<JsonObject>("/v1/sweeps/whole")));
        Assert.Equal(sweeps.Undisturbed, TinySweeps.Table(TinySweeps.Succeed("sweep", "status", "whole", "--server", sweeps.Shared.Process.Url)));
        var summary = (await sweeps.Shared.ListAsync())["whole"];
        Assert.Equal((true, 4, 0), ((bool)summary["isOver"]!, (int)summary["completed"]!, (int)summary["running"]! + (int)summary["waiting"]! + (int)summary["failed"]!));
        var scores = summary["leaders"]!.AsArray().Select(leader => (double)leader!["score"]!).ToArray();
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.Equal(4, scores.Length);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Contains("choose another name", await DetailAsync(again));

        TinySweeps.Succeed("sweep", "report", Path.Combine(sweeps.Shared.Folder, "whole"));
    }

    [Fact]
    public async Task Sweeps_are_started_watched_and_stopped_by_the_command_line()
    {
        var (admin, url) = (sweeps.Shared.Process.AdminUrl, sweeps.Shared.Process.Url);
        TinySweeps.Succeed("sweep", "start", sweeps.Plan("first", "endless"), "--server", admin);
        TinySweeps.Succeed("sweep", "start", sweeps.Plan("second", "endless"), "--server", admin);
        await foreach (var sweep in sweeps.Shared.EventsAsync("first"))
        {
            if (SweepServer.Statuses(sweep).Contains("running"))
                break;
        }

        // One waits for the other; what is waiting is stopped as well as what runs.
        var watched = Task.Run(() => TinySweeps.Run(null, "sweep", "watch", "first", "--server", url));
        Assert.Equal(Enumerable.Repeat("waiting", 4), TinySweeps.Statuses(TinySweeps.Succeed("sweep", "status", "second", "--server", url)));
        TinySweeps.Succeed("sweep", "stop", "second", "--server", admin);
        Assert.Equal(Enumerable.Repeat("cancelled", 4), TinySweeps.Statuses(TinySweeps.Succeed("sweep", "status", "second", "--server", url)));
        Assert.Contains("running", TinySweeps.Statuses(TinySweeps.Succeed("sweep", "status", "first", "--server", url)));
        TinySweeps.Succeed("sweep", "stop", "first", "--server", admin);

        var result = await watched;
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(Enumerable.Repeat("cancelled", 4), TinySweeps.Statuses(result.Output));
    }

    [Theory]
    [InlineData(ServerProcess.Token, "no sweep 'none'", "stop", "none", "ADMIN")]
    [InlineData(ServerProcess.Token, "no sweep 'none'", "watch", "none", "URL")]
    [InlineData(ServerProcess.Token, "no sweep 'none'", "status", "none", "URL")]
    [InlineData(ServerProcess.Token, "--admin-url", "stop", "none", "URL")]
    [InlineData("another", "Authorization: Bearer TOKEN", "stop", "none", "ADMIN")]
    [InlineData(ServerProcess.Token, "is a server running there?", "status", "none", "http://127.0.0.1:1")]
    [InlineData(ServerProcess.Token, "the address of a server expected", "status", "none", "here")]
    [InlineData(ServerProcess.Token, "no such sweep", "start", "/nowhere", "ADMIN")]
    public void What_cannot_be_is_one_clear_line(string token, string message, string verb, string sweep, string server)
    {
        var address = server switch { "ADMIN" => sweeps.Shared.Process.AdminUrl, "URL" => sweeps.Shared.Process.Url, _ => server };
        var result = TinySweeps.Run(token, "sweep", verb, sweep, "--server", address);

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(message, result.Error);
        Assert.Equal(1, result.Error.Count(letter => letter == '\n'));
    }

    [Fact]
    public async Task A_server_that_starts_again_goes_on_and_counts_no_trial_twice()
    {
        const string name = "restarted";
        using (var server = sweeps.Start("again"))
        {
            using var started = await server.PostAsync(sweeps.NewPlan(name).ToJsonString());
            using var waiting = await server.PostAsync(sweeps.NewPlan("cancelled").ToJsonString());
            using var cancelled = await server.Administration.DeleteAsync("/v1/sweeps/cancelled");
            Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.NoContent], new[] { started, waiting, cancelled }.Select(response => response.StatusCode));
            // Stopped while it is watched, a trial behind it and one under way.
            var stopped = false;
            await foreach (var sweep in server.EventsAsync(name))
            {
                if (!stopped && SweepServer.Statuses(sweep).Contains("completed"))
                {
                    Assert.True(server.Process.Send(Signal.Terminate));
                    stopped = true;
                }
            }
            Assert.Equal(0, await server.Process.ExitCodeAsync(TimeSpan.FromMinutes(1)));
        }
        using (var server = sweeps.Start("again"))
        {
            Assert.Equal(["cancelled", name], (await server.ListAsync()).Keys);
            var end = await server.EventsAsync(name).LastAsync();
            Assert.True((bool)end["isOver"]!);
            Assert.Equal(Enumerable.Repeat("cancelled", 4), SweepServer.Statuses((await server.Http.GetFromJsonAsync<JsonObject>("/v1/sweeps/cancelled"))!));
            Assert.Equal(sweeps.Undisturbed, TinySweeps.Table(TinySweeps.Succeed("sweep", "status", name, "--server", server.Process.Url)));
            Assert.Equal(4, File.ReadLines(Path.Combine(server.Folder, name, "sweep.journal")).Count(line => line.Contains("rung-completed", StringComparison.Ordinal)));
        }
    }

    public static TheoryData<string, string, string> BadPlans => new()
    {
        { "", "{", "a plan expected" },
        { "", "null", "a plan expected" },
        { "", "{}", "missing required properties" },
        { "Tasks", "null", "a plan expected" },
        { "Tasks", "[]", "its tasks must be given" },
        { "Tasks", """["tf/3", "tf/3"]""", "each once" },
        { "Tasks", """["tf/9"]""", "'tf/9' is no GUE dataset" },
        { "Tasks", """["tf/0"]""", "no train.csv" },
        { "Name", "\"../bad\"", "its name is a folder's" },
        { "Settings", "[null]", "its settings must be given" },
        { "Settings", """[{"Name": "a/b", "Parameters": {}}]""", "its name is a folder's" },
        { "Settings", """[{"Name": "s", "Parameters": {}}]""", "no 'model'" },
        { "Seeds", "[-1]", "seed -1: 0 or more" },
        { "Seeds", "[1.5]", "a plan expected" },
        { "Policy", """{"LeaseTime": "00:00:00"}""", "a lease time from a second" },
        { "pretrained", "0a", "holds another model than when the sweep was planned" },
        { "model", "/nowhere", "/nowhere/config.json: cannot be read" },
        { "data", "/nowhere", "/nowhere: no such folder" },
        { "recipe", """{"epochs": 0}""", "recipe of setting quick" },
        { "keepModel", "perhaps", "True or False expected" },
    };

    /// <param name="key">Of the plan, or of the setting's parameters; the whole plan if empty.</param>
    [Theory]
    [MemberData(nameof(BadPlans))]
    public async Task A_bad_plan_is_a_problem_that_says_why_and_leaves_nothing(string key, string value, string detail)
    {
        var plan = sweeps.NewPlan("bad");
        if (plan.ContainsKey(key))
            plan[key] = JsonNode.Parse(value);
        else if (key.Length > 0)
            plan["Settings"]![0]!["Parameters"]![key] = value;
        var before = (await sweeps.Shared.ListAsync()).Keys;
        using var response = await sweeps.Shared.PostAsync(key.Length > 0 ? plan.ToJsonString() : value);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(detail, await DetailAsync(response));
        Assert.Equal(before, (await sweeps.Shared.ListAsync()).Keys);
        Assert.False(Directory.Exists(Path.Combine(sweeps.Shared.Folder, "bad")));
    }

    [Theory]
    [InlineData("GET", "/v1/sweeps/none", 404)]
    [InlineData("GET", "/v1/sweeps/none/events", 404)]
    [InlineData("DELETE", "/v1/sweeps/none", 404)]
    [InlineData("POST", "/v1/sweeps", 404)]
    public async Task The_public_port_has_no_sweep_of_another_name_and_starts_none(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { Authorization = sweeps.Shared.Administration.DefaultRequestHeaders.Authorization } };
        using var response = await sweeps.Shared.Http.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_server_without_a_folder_for_sweeps_has_none_and_says_how_to_have_them()
    {
        var plan = sweeps.NewPlan("bad");
        using var response = await without.Administration.PostAsJsonAsync("/v1/sweeps", plan);

        Assert.Equal("[]", await without.Http.GetStringAsync("/v1/sweeps"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("--sweeps", await DetailAsync(response));
    }

    private static async Task<string> DetailAsync(HttpResponseMessage response) =>
        (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["detail"]!;
}
