using System.CommandLine;
using System.Net;
using DnaBart.Grains;
using DnaBart.IO;
using DnaBart.Model;
using DnaBart.Serving;
using DnaBart.Silo;
using DnaBart.Silo.Cluster;

namespace DnaBart.Client.Commands;

/// <summary>What <c>dnabart serve</c> has more where Orleans is built: the server as a silo of a cluster.</summary>
internal static partial class ServeCommand
{
    private static readonly Option<string?> Cluster = new("--cluster")
    {
        Description = "Serve as a silo of a cluster: localhost (for development: silos of this machine, which keep everything in memory) or postgres://USER@HOST:PORT/DATABASE",
    };

    private static readonly Option<string?> Slots = new("--slots")
    {
        Description = "With --cluster: the device slots of this silo, such as cuda:0,cuda:1 or cpu:2; one for each --device by default, none if empty",
    };

    private static readonly Option<string?> Advertise = new("--advertise")
    {
        Description = "With --cluster: the IP address that other silos reach this one at; the machine's own by default",
        CustomParser = result =>
        {
            if (!IPAddress.TryParse(result.Tokens[0].Value, out var address))
                result.AddError($"--advertise {result.Tokens[0].Value}: an IP address expected");
            return $"{address}";
        },
    };

    private static readonly Option<int> SiloPort = Positive("--silo-port", "With --cluster: the port for other silos, 0 for any free one; with localhost the first silo keeps the default, where the others look for it", ClusterAddress.SiloPort, least: 0);

    private static readonly Option<int> GatewayPort = Positive("--gateway-port", "With --cluster: the port for `dnabart cluster`, 0 for any free one; with localhost the first silo keeps the default, where the command looks for it", ClusterAddress.GatewayPort, least: 0);

    private static readonly Option[] OfSilos = [Slots, Advertise, SiloPort, GatewayPort];

    static partial void AddClusterOptions(Command command)
    {
        foreach (var option in OfSilos.Prepend(Cluster))
            command.Options.Add(option);
    }

    static partial void JoinCluster(ParseResult parseResult, ref ServerOptions options)
    {
        if (parseResult.GetValue(Cluster) is not { } cluster)
        {
            if (OfSilos.FirstOrDefault(option => parseResult.GetResult(option) is { Implicit: false }) is { } alone)
                throw new InputException($"{alone.Name} is for a silo of a cluster; give --cluster too");
            return;
        }
        var slots = DeviceSlots.Parse(parseResult.GetValue(Slots) ?? string.Join(',', options.Devices));
        foreach (var slot in slots)
            Engine.Check(DeviceSlots.DeviceOf(slot));
        var silo = new ClusterSilo(
            ClusterAddress.Parse(cluster), slots, parseResult.GetValue(Advertise) is { } address ? IPAddress.Parse(address) : null,
            parseResult.GetValue(SiloPort), parseResult.GetValue(GatewayPort));
        options = options with
        {
            Join = silo.Join(options.Models),
            Sweeps = options.Sweeps is { } sweeps ? Sweeps(sweeps.Path, options.Threads, slots.Length) : null,
        };
    }
}
