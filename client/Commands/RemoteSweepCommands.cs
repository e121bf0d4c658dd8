using System.CommandLine;
using DnaBart.Client.Remote;
using DnaBart.Client.Sweeps;
using DnaBart.Finetuning;
using DnaBart.Sweeps;

namespace DnaBart.Client.Commands;

/// <summary>Those of <c>dnabart sweep</c> that go to a server: a sweep is started, watched and stopped there over HTTP.</summary>
internal static class RemoteSweepCommands
{
    private static Argument<string> Name() => new("NAME") { Description = "The sweep's name, that of its folder when it was planned" };

    private static Option<string> Server() => new("--server") { Description = "The server's address, such as http://127.0.0.1:8080", Required = true };

    private static Option<string> Administration() => new("--server")
    {
        Description = $"The address that the server's --admin-url names; its token is taken from {ServeCommand.TokenVariable}",
        Required = true,
    };

    public static Command Start()
    {
        var folder = new Argument<string>("DIR") { Description = "What `dnabart sweep plan` wrote; its model and data must have the same paths on the server" };
        var server = Administration();
        var command = new Command("start", "Have a server run a planned sweep, under the name of its folder") { folder, server };
        SetAction(command, server, async (parseResult, sweeps, cancellation) =>
        {
            var plan = new SweepFolder(parseResult.GetRequiredValue(folder)).ReadState().Plan;
            await sweeps.StartAsync(plan, cancellation);
            Console.Error.WriteLine($"{plan.Trials.Length} trials; `dnabart sweep watch {plan.Name} --server {parseResult.GetRequiredValue(server)}` follows them");
        });
        return command;
    }

    public static Command Status()
    {
        var sweep = new Argument<string>("DIR") { Description = "The sweep's folder; with --server, the name of a sweep there" };
        var server = new Option<string?>("--server") { Description = "Ask a server that runs the sweep, such as http://127.0.0.1:8080" };
        var command = new Command("status", "Print where each trial stands; also while the sweep runs") { sweep, server };
        command.SetAction(async (parseResult, cancellation) =>
        {
            var name = parseResult.GetRequiredValue(sweep);
            if (parseResult.GetValue(server) is not { } address)
            {
                SweepDisplay.Print(SweepView.Of(new SweepFolder(name).ReadState()));
                return;
            }
            using var sweeps = new RemoteSweeps(address, null, TimeProvider.System, Console.Error.WriteLine);
            SweepDisplay.Print(await sweeps.FindAsync(name, cancellation));
        });
        return command;
    }

    public static Command Watch()
    {
        var (name, server) = (Name(), Server());
        var command = new Command("watch", "Follow a server's sweep until it is over, then print where each trial stands") { name, server };
        SetAction(command, server, async (parseResult, sweeps, cancellation) =>
        {
            var sweep = parseResult.GetRequiredValue(name);
            return await SweepDisplay.FollowAsync(await sweeps.FindAsync(sweep, cancellation), sweeps.WatchAsync(sweep, cancellation));
        });
        return command;
    }

    public static Command Stop()
    {
        var (name, server) = (Name(), Administration());
        var command = new Command("stop", "Stop a server's sweep; what is complete stays") { name, server };
        SetAction(command, server, (parseResult, sweeps, cancellation) => sweeps.StopAsync(parseResult.GetRequiredValue(name), cancellation));
        return command;
    }

    private static void SetAction(Command command, Option<string> server, Func<ParseResult, RemoteSweeps, CancellationToken, Task> action) =>
        SetAction(command, server, async (parseResult, sweeps, cancellation) =>
        {
            await action(parseResult, sweeps, cancellation);
            return 0;
        });

    private static void SetAction(Command command, Option<string> server, Func<ParseResult, RemoteSweeps, CancellationToken, Task<int>> action) =>
        command.SetAction(async (parseResult, cancellation) =>
        {
            using var sweeps = new RemoteSweeps(
                parseResult.GetRequiredValue(server), Environment.GetEnvironmentVariable(ServeCommand.TokenVariable), TimeProvider.System, Console.Error.WriteLine);
            return await action(parseResult, sweeps, cancellation);
        });
}
