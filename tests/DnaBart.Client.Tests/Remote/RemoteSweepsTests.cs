using System.Net;
using System.Text;
using DnaBart.Client.Remote;
using DnaBart.Fixtures;
using DnaBart.IO;

namespace DnaBart.Client.Tests.Remote;

/// <summary>What the client makes of a server's events that do not come.</summary>
public class RemoteSweepsTests
{
    [Fact]
    public async Task A_connection_that_goes_silent_is_made_again()
    {
        using var server = new ScriptedServer((request, _, response) => Send(response, isOver: request > 0));

        await WatchToTheEnd(server);

        Assert.True(server.Requests > 1);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_server_that_a_proxy_does_not_reach_for_a_while_is_waited_for(int status)
    {
        using var server = new ScriptedServer((request, _, response) =>
        {
            if (request is 1 or 2)
                ScriptedServer.Answer(response, status, "");
            else
                Send(response, isOver: request > 0);
        });

        await WatchToTheEnd(server);

        Assert.True(server.Requests > 3);
    }

    [Fact]
    public async Task A_question_to_a_server_that_a_proxy_does_not_reach_is_answered_with_its_status()
    {
        using var server = new ScriptedServer((_, _, response) => ScriptedServer.Answer(response, 503, ""));
        using var sweeps = new RemoteSweeps(server.Url, null, TimeProvider.System, _ => { });

        var error = await Assert.ThrowsAsync<InputException>(() => sweeps.FindAsync("s", CancellationToken.None));

        Assert.Equal($"{server.Url}: status 503 Service Unavailable", error.Message);
    }

    /// <summary>An event, after which the connection stays open and nothing comes.</summary>
    private static void Send(HttpListenerResponse response, bool isOver)
    {
        response.SendChunked = true;
        response.OutputStream.Write(Encoding.ASCII.GetBytes($$"""data: {"name":"s","isOver":{{(isOver ? "true" : "false")}},"trials":[]}""" + "\n\n"));
        response.OutputStream.Flush();
    }

    private static async Task WatchToTheEnd(ScriptedServer server)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var sweeps = new RemoteSweeps(server.Url, null, new HurriedTime(), _ => { });
        var last = await sweeps.WatchAsync("s", limit.Token).LastAsync();
        Assert.True(last.IsOver);
    }
}
