using System.Net;
using System.Text;
using DnaBart.Fixtures;

namespace DnaBart.Client.Tests.Remote;

/// <summary>An HTTP server on a free port of this machine that answers as the test says.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly HttpListener listener;
    private int requests;

    /// <param name="answer">Gets the number of a request, from 0, its body, and what to answer into.</param>
    public ScriptedServer(Action<int, string, HttpListenerResponse> answer)
    {
        (listener, Url) = Listen();
        _ = Task.Run(async () =>
        {
            while (await Next() is { } context)
            {
                var number = Interlocked.Increment(ref requests) - 1;
                _ = Task.Run(() =>
                {
                    using var body = new StreamReader(context.Request.InputStream, Encoding.ASCII);
                    answer(number, body.ReadToEnd(), context.Response);
                });
            }
        });
    }

    public string Url { get; }

    public int Requests => Volatile.Read(ref requests);

    public static void Answer(HttpListenerResponse response, int status, string body, string type = "text/plain")
    {
        (response.StatusCode, response.ContentType) = (status, type);
        response.Close(Encoding.ASCII.GetBytes(body), willBlock: true);
    }

    public void Dispose() => listener.Close();

    private async Task<HttpListenerContext?> Next()
    {
        try
        {
            return await listener.GetContextAsync();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>The listener takes no port 0: another is looked for if the free one was taken meanwhile.</summary>
    private static (HttpListener Listener, string Url) Listen()
    {
        for (var attempt = 0; ; attempt++)
        {
            var url = $"http://127.0.0.1:{FreePort.Find()}";
            var listener = new HttpListener { Prefixes = { $"{url}/" } };
            try
            {
                listener.Start();
                return (listener, url);
            }
            catch (HttpListenerException) when (attempt < 10)
            {
            }
        }
    }
}
