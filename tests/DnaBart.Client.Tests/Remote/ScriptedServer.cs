using System.Net;
using System.Net.Sockets;
using System.Text;

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

    /// <summary>The listener takes no port 0: a free one is looked for, and another if it was taken meanwhile.</summary>
    private static (HttpListener Listener, string Url) Listen()
    {
        for (var attempt = 0; ; attempt++)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
            probe.Stop();
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
