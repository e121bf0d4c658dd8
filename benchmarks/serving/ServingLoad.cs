using System.Diagnostics;
using DnaBart.Fixtures;
using DnaBart.Model;
using DnaBart.Sequences;

namespace DnaBart.Benchmarks.Serving;

/// <summary>What the server costs over the engine alone, and how it stands overload: the demo's model and reads, one thread that
/// computes, both sides on this machine in turns, so that ratios hold on a busy machine too.</summary>
internal static class ServingLoad
{
    private const int OverheadRounds = 7, OverloadRounds = 5;
    private const int BulkReads = 1024, BulkRequests = 4;
    private const int SmallReads = 64, SmallRequests = 16;
    private const int Overload = 10;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    public static async Task RunAsync()
    {
        var folder = Path.Combine(Checkout.Root, "models", "sars-cov-2");
        Read[] reads = [.. new[] { "reads_R1.fastq.gz", "reads_R2.fastq.gz" }.SelectMany(ReadFile)];
        var client = Path.Combine(Checkout.Root, "client", "bin", "Release", "net10.0", "DnaBart.Client.dll");
        using var server = new ServerProcess(client, "--model", folder, "--device", "cpu", "--threads", "1");
        using var model = CorrectionModel.Load(folder, "cpu");
        var load = new LoadClient(server.Http);
        var bulk = LoadClient.Bodies(reads, BulkReads);
        await load.ClosedAsync(bulk, BulkRequests);
        RunBare(model, bulk);

        Console.WriteLine($"overhead: {reads.Length} reads a round, requests of {BulkReads}, {BulkRequests} at a time");
        Console.WriteLine("| round | bare, reads/s | served, reads/s | throughput | bare, CPU ms a read | served, CPU ms a read | CPU time |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        var (walls, processors) = (new List<double>(), new List<double>());
        for (var round = 1; round <= OverheadRounds; round++)
        {
            var bare = await MeasureAsync(CurrentProcessorTime, () => Task.Run(() => RunBare(model, bulk)), reads.Length);
            var served = await MeasureAsync(() => server.ProcessorTime, () => load.ClosedAsync(bulk, BulkRequests), reads.Length);
            walls.Add(served.ReadsPerSecond / bare.ReadsPerSecond);
            processors.Add(served.ProcessorMilliseconds / bare.ProcessorMilliseconds);
            Console.WriteLine($"| {round} | {bare.ReadsPerSecond:F0} | {served.ReadsPerSecond:F0} | {walls[^1]:P1} | "
                + $"{bare.ProcessorMilliseconds:F3} | {served.ProcessorMilliseconds:F3} | {processors[^1]:P1} |");
        }
        Console.WriteLine($"median: throughput {Median(walls):P1} of the bare engine's, CPU time {Median(processors):P1}");

        Console.WriteLine($"\noverload: requests of {SmallReads} reads, {SmallRequests} at a time for the peak, then {Overload} times as many as it answers");
        Console.WriteLine("| round | peak, reads/s | overloaded, reads/s | goodput | requests | refused | refused in ms, p50 | p99 |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        var small = LoadClient.Bodies(reads, SmallReads);
        var goodputs = new List<double>();
        for (var round = 1; round <= OverloadRounds; round++)
        {
            var peak = await load.ClosedAsync(small, SmallRequests, Window);
            var overloaded = await load.OpenAsync(small, Overload * peak.RequestsPerSecond, Window);
            goodputs.Add(overloaded.ReadsPerSecond / peak.ReadsPerSecond);
            Console.WriteLine($"| {round} | {peak.ReadsPerSecond:F0} | {overloaded.ReadsPerSecond:F0} | {goodputs[^1]:P1} | {overloaded.Sent} | "
                + $"{overloaded.RefusedMilliseconds.Count} | {overloaded.Refused(0.5):F1} | {overloaded.Refused(0.99):F1} |");
        }
        Console.WriteLine($"median: goodput {Median(goodputs):P1} of the peak");
    }

    private static IEnumerable<Read> ReadFile(string name)
    {
        using var reader = FastqReader.Open(Path.Combine(Checkout.Root, "tests", "data", "sars_cov_2", name));
        return [.. reader.ReadAll()];
    }

    /// <summary>What the server does with a body, without the server.</summary>
    private static void RunBare(CorrectionModel model, IReadOnlyList<RequestBody> bodies)
    {
        var output = new MemoryStream();
        var writer = new FastqWriter(output);
        model.Correct(
            bodies.SelectMany(body => FastqReader.Open(new MemoryStream(body.Fastq), "body").ReadAll()),
            corrected => writer.Write(corrected.Read with { Bases = corrected.Bases }), threads: 1, CancellationToken.None);
    }

    private static async Task<(double ReadsPerSecond, double ProcessorMilliseconds)> MeasureAsync(Func<TimeSpan> processorTime, Func<Task> run, int reads)
    {
        var (watch, before) = (Stopwatch.StartNew(), processorTime());
        await run();
        return (reads / watch.Elapsed.TotalSeconds, (processorTime() - before).TotalMilliseconds / reads);
    }

    private static TimeSpan CurrentProcessorTime() => Environment.CpuUsage.TotalTime;

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);
}
