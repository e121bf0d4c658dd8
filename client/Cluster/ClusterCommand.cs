using System.CommandLine;
using DnaBart.Batching;
using DnaBart.Client.Cluster;
using DnaBart.Client.Sweeps;
using DnaBart.Correction;
using DnaBart.Finetuning;
using DnaBart.Grains;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Serving;
using DnaBart.Silo.Serving;
using DnaBart.Sweeps;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart cluster</c>: a cluster of silos from inside its network, as an Orleans client.</summary>
internal static class ClusterCommand
{
    /// <summary>Requests under way: enough for every slot of a small cluster to have one at work and one waiting.</summary>
    private const int UnderWay = 16;

    private static readonly TimeSpan ChunkDeadline = TimeSpan.FromMinutes(10), LongestPause = TimeSpan.FromSeconds(1);

    private static readonly Option<string> Address = new("--cluster")
    {
        Description = "localhost or postgres://USER@HOST:PORT/DATABASE, as the silos were started with",
        DefaultValueFactory = _ => "localhost",
        Recursive = true,
    };

    public static Command Create() => new("cluster", "Look at a cluster of silos, correct reads on it, run sweeps on it")
    {
        Address,
        CreateStatus(),
        CreateCorrect(),
        new Command("sweep", "Sweeps of the cluster") { CreateStart(), CreateSweepStatus(), CreateWatch(), CreateStop() },
    };

    private static void SetAction(Command command, Func<ParseResult, ClusterConnection, CancellationToken, Task<int>> action) =>
        command.SetAction(async (parseResult, cancellation) =>
        {
            var address = parseResult.GetRequiredValue(Address);
            await using var connection = await ClusterConnection.OpenAsync(address, cancellation);
            try
            {
                return await action(parseResult, connection, cancellation);
            }
            catch (Exception e) when (e is TimeoutException or OrleansException)
            {
                throw new InputException($"{address}: the cluster does not answer ({e.Message}); see to its silos, and try again", e);
            }
        });

    private static void SetAction(Command command, Func<ParseResult, ClusterConnection, CancellationToken, Task> action) =>
        SetAction(command, async (parseResult, connection, cancellation) =>
        {
            await action(parseResult, connection, cancellation);
            return 0;
        });

    private static Command CreateStatus()
    {
        var command = new Command("status", "Silos, their slots, and what each slot holds");
        SetAction(command, async (_, connection, cancellation) =>
        {
            var models = await connection.Models.ListAsync(cancellation);
            var report = await connection.Grains.GetGrain<IClusterGrain>(0).ReportAsync().WaitAsync(cancellation);
            Console.WriteLine("silo\tslot\tholds\tqueued_bases");
            foreach (var silo in report.Silos)
            {
                if (silo.Slots.Length == 0)
                    Console.WriteLine($"{silo.Name}\t{(silo.Answers ? "" : "does not answer")}\t\t");
                foreach (var slot in silo.Slots)
                {
                    var queued = silo.Replicas.Where(replica => replica.Slot == slot.Slot).Sum(replica => replica.QueuedBases);
                    Console.WriteLine($"{silo.Name}\t{slot.Slot}\t{string.Join(' ', slot.Holders.Select(Shown))}\t{queued}");
                }
            }
            foreach (var model in models)
                Console.Error.WriteLine($"{model.Name}: version {model.Version} of {model.Folder}, {model.Replicas.Count} replicas");
        });
        return command;
    }

    /// <summary>A replica by its name; a training, whose name begins with its place and ends with its lease, by sweep and trial.</summary>
    private static string Shown(HolderReport holder) =>
        ClusterReport.Split(holder.Holder) is [_, _, var sweep, var trial, _] ? $"{sweep}:{trial}" : holder.Holder;

    private static Command CreateCorrect()
    {
        var input = new Argument<string>("IN") { Description = "FASTQ or FASTA, plain or gzip; - is standard input" };
        var output = new Option<string>("--output", "-o") { Description = "The corrected reads, in the same format; .gz compresses; - is standard output", Required = true };
        var model = new Option<string>("--model") { Description = "The name of a correction model of the cluster", Required = true };
        var command = new Command("correct", "Correct reads on the cluster; the output is that of `dnabart correct` with the model's folder") { input, output, model };
        SetAction(command, (parseResult, connection, cancellation) =>
        {
            var (path, target, name) = (parseResult.GetRequiredValue(input), parseResult.GetRequiredValue(output), parseResult.GetRequiredValue(model));
            OutputGuard.Check([path], [target]);
            using var reads = ReadInput.Open([path], interleaved: false);
            using var corrected = new ReadOutput([target], Environment.ProcessorCount, reads.Format);
            OrderedPipeline.Run(
                reads.ReadAll().InChunks(static read => read.Bases.Length, ReplicaLoader.LargestPart).Index(),
                (chunk, stop) => CorrectAsync(connection.Models, name, chunk.Item, chunk.Index > 0, stop).GetAwaiter().GetResult(),
                chunk =>
                {
                    foreach (var read in chunk)
                        corrected.Write(read.Read with { Bases = read.Bases });
                },
                UnderWay, cancellation);
            corrected.Commit();
            return Task.CompletedTask;
        });
        return command;
    }

    /// <summary>Where all queues are full, waits for room.</summary>
    private static async Task<CorrectedRead[]> CorrectAsync(IModelServer server, string model, Read[] reads, bool continues, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await server.CorrectAsync(model, reads, new RequestTerms(DateTimeOffset.UtcNow + ChunkDeadline, continues), cancellation);
            }
            catch (ServingException e) when (e.Refusal == Refusal.QueueFull)
            {
                await Task.Delay(e.RetryAfter < LongestPause ? e.RetryAfter.Value : LongestPause, cancellation);
            }
            catch (ServingException e)
            {
                throw new InputException(e.Message, e);
            }
        }
    }

    private static Argument<string> SweepName() => new("NAME") { Description = "The sweep's name" };

    private static Command CreateStart()
    {
        var folder = new Argument<string>("DIR") { Description = "What `dnabart sweep plan` wrote; its model and data must have the same paths on every silo" };
        var command = new Command("start", "Run a planned sweep on the cluster, under the name of its folder") { folder };
        SetAction(command, async (parseResult, connection, cancellation) =>
        {
            var plan = new SweepFolder(parseResult.GetRequiredValue(folder)).ReadState().Plan;
            await connection.Sweeps.StartAsync(plan, cancellation);
            Console.Error.WriteLine($"{plan.Trials.Length} trials; `dnabart cluster sweep watch {plan.Name}` follows them");
        });
        return command;
    }

    private static Command CreateSweepStatus()
    {
        var name = SweepName();
        var command = new Command("status", "Print where each trial stands") { name };
        SetAction(command, async (parseResult, connection, cancellation) =>
        {
            var sweep = parseResult.GetRequiredValue(name);
            SweepDisplay.Print(await FindAsync(connection, sweep, cancellation));
        });
        return command;
    }

    private static Command CreateWatch()
    {
        var name = SweepName();
        var command = new Command("watch", "Follow a sweep until it is over, then print where each trial stands") { name };
        SetAction(command, async (parseResult, connection, cancellation) =>
        {
            var sweep = parseResult.GetRequiredValue(name);
            var first = await FindAsync(connection, sweep, cancellation);
            return await SweepDisplay.FollowAsync(first, connection.Sweeps.WatchAsync(sweep, cancellation).Select(SweepView.Of));
        });
        return command;
    }

    private static Command CreateStop()
    {
        var name = SweepName();
        var command = new Command("stop", "Stop a sweep's trials and start no more; what is complete stays") { name };
        SetAction(command, async (parseResult, connection, cancellation) =>
        {
            var sweep = parseResult.GetRequiredValue(name);
            if (!await connection.Sweeps.CancelAsync(sweep, cancellation))
                throw Unknown(sweep);
        });
        return command;
    }

    private static async Task<SweepView> FindAsync(ClusterConnection connection, string sweep, CancellationToken cancellation) =>
        SweepView.Of(await connection.Sweeps.FindAsync(sweep, cancellation) ?? throw Unknown(sweep));

    private static InputException Unknown(string sweep) => new($"{sweep}: the cluster has no sweep of that name");
}
