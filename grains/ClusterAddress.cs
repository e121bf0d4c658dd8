using System.Net;
using DnaBart.IO;
using Npgsql;
using Orleans.Configuration;

namespace DnaBart.Grains;

/// <summary>Where a cluster's members find each other, and where it remembers: a PostgreSQL database, or, for development, the memory of the silos
/// of this machine.</summary>
/// <param name="Database">Npgsql's connection string; null for development.</param>
public sealed record ClusterAddress(string? Database)
{
    /// <summary>The ports of the first silo of a development cluster, and those that a silo has where it is not told.</summary>
    public const int SiloPort = 11111, GatewayPort = 30000;

    private const string Name = "dnabart", Invariant = "Npgsql";

    /// <summary>Reads <c>localhost</c> or <c>postgres://USER@HOST:PORT/DATABASE</c>.</summary>
    /// <exception cref="InputException">It is neither.</exception>
    public static ClusterAddress Parse(string text)
    {
        if (text == "localhost")
            return new ClusterAddress((string?)null);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("postgres" or "postgresql") || uri.Host == "" || uri.AbsolutePath.Length < 2)
            throw new InputException($"{text}: localhost or postgres://USER@HOST:PORT/DATABASE expected; PGPASSWORD is the password's place");
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port > 0 ? uri.Port : NpgsqlConnection.DefaultPort,
            Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]),
        };
        if (uri.UserInfo.Split(':', 2) is [{ Length: > 0 } user, .. var password])
        {
            builder.Username = Uri.UnescapeDataString(user);
            if (password is [var secret])
                builder.Password = Uri.UnescapeDataString(secret);
        }
        return new ClusterAddress(builder.ConnectionString);
    }

    /// <summary>Membership, grain storage and reminders of a silo.</summary>
    /// <param name="address">The address that other members reach it at; null for the machine's own.</param>
    public void AddTo(ISiloBuilder silo, IPAddress? address, int siloPort, int gatewayPort)
    {
        silo.Configure<ClusterOptions>(Identify);
        if (Database is null)
        {
            silo.UseLocalhostClustering(siloPort, gatewayPort, new IPEndPoint(IPAddress.Loopback, SiloPort), Name, Name);
            silo.AddMemoryGrainStorage(ClusterHosting.Storage);
            silo.UseInMemoryReminderService();
            return;
        }
        silo.UseAdoNetClustering((AdoNetClusteringSiloOptions options) => (options.Invariant, options.ConnectionString) = (Invariant, Database));
        silo.AddAdoNetGrainStorage(ClusterHosting.Storage, options => (options.Invariant, options.ConnectionString) = (Invariant, Database));
        silo.UseAdoNetReminderService(options => (options.Invariant, options.ConnectionString) = (Invariant, Database));
        if (address is null)
            silo.ConfigureEndpoints(siloPort, gatewayPort);
        else
            silo.ConfigureEndpoints(address, siloPort, gatewayPort);
    }

    /// <summary>The gateways of an external client.</summary>
    public void AddTo(IClientBuilder client)
    {
        client.Configure<ClusterOptions>(Identify);
        if (Database is null)
            client.UseLocalhostClustering(GatewayPort, Name, Name);
        else
            client.UseAdoNetClustering((AdoNetClusteringClientOptions options) => (options.Invariant, options.ConnectionString) = (Invariant, Database));
        // A client learns of a dead gateway by waiting in vain; what it then sends again under the same number is not computed twice.
        client.Configure<ClientMessagingOptions>(options =>
        {
            options.ResponseTimeout = TimeSpan.FromSeconds(10);
            options.CancelRequestOnTimeout = false;
        });
        client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(2));
    }

    private static void Identify(ClusterOptions options) => (options.ClusterId, options.ServiceId) = (Name, Name);
}
