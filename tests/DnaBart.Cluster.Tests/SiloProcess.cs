using DnaBart.Fixtures;

namespace DnaBart.Cluster.Tests;

/// <summary><c>dnabart serve --cluster</c> in a process of its own, on the loopback and free ports.</summary>
internal static class SiloProcess
{
    private static readonly string Client = Path.Combine(AppContext.BaseDirectory, "DnaBart.Client.dll");

    /// <summary>Starts a silo and waits until it listens.</summary>
    /// <param name="isFirst">Of a development cluster, which finds its first silo by its ports; others take free ones.</param>
    public static ServerProcess Start(string cluster, bool isFirst, params string[] more)
    {
        string[] ports = isFirst ? [] : ["--silo-port", "0", "--gateway-port", "0"];
        return new ServerProcess(Client, ["--cluster", cluster, "--slots", "cpu", "--threads", "1", "--advertise", "127.0.0.1", .. ports, .. more]);
    }
}
