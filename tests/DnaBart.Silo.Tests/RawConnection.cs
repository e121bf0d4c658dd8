using System.Net.Sockets;
using System.Text;

namespace DnaBart.Silo.Tests;

/// <summary>A connection that takes the answer while it still sends, as curl does and <see cref="HttpClient"/> does not.</summary>
internal static class RawConnection
{
    /// <summary>Sends a request whose body comes in pieces, and takes the answer up to the end of the connection.</summary>
    /// <param name="pieces">Not empty, each.</param>
    /// <param name="received">Is told of the bytes of the answer so far.</param>
    /// <param name="length">Of the pieces together, for a body that says so.</param>
    /// <returns>The bytes in all, the answer's first line, and whether it ended as an answer in chunks must.</returns>
    public static async Task<(long Bytes, string Status, bool IsWhole)> PostAsync(
        Uri server, string path, IEnumerable<byte[]> pieces, Action<long>? received = null, long? length = null)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        var stream = client.GetStream();
        var sending = Task.Run(async () =>
        {
            var framing = length is null ? "Transfer-Encoding: chunked" : $"Content-Length: {length}";
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{framing}\r\n\r\n"));
            foreach (var piece in pieces)
            {
                if (length is not null)
                {
                    await stream.WriteAsync(piece);
                    continue;
                }
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"{piece.Length:x}\r\n"));
                await stream.WriteAsync(piece);
                await stream.WriteAsync("\r\n"u8.ToArray());
            }
            if (length is null)
                await stream.WriteAsync("0\r\n\r\n"u8.ToArray());
        });
        var (buffer, bytes, first, tail) = (new byte[1 << 16], 0L, "", "");
        try
        {
            for (int count; (count = await stream.ReadAsync(buffer)) > 0; received?.Invoke(bytes))
            {
                var text = Encoding.Latin1.GetString(buffer, 0, count);
                first = bytes == 0 ? text : first;
                tail = (tail + text)[^Math.Min(5, tail.Length + count)..];
                bytes += count;
            }
            await sending;
        }
        catch (IOException)
        {
            // The server cut the connection.
        }
        return (bytes, first.Split("\r\n")[0], tail == "0\r\n\r\n");
    }
}
