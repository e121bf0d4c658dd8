using System.Diagnostics;
using System.Globalization;
using DnaBart.Fixtures;
using DnaBart.Model;
using DnaBart.Sequences;

namespace DnaBart.Benchmarks.Serving;

/// <summary>What the server costs over the engine alone, and how it stands overload: the demo's model and reads, one thread that
/// computes, both sides on this machine in turns of some seconds, so that ratios hold on a busy machine too.</summary>
internal static class ServingLoad
{
    private const int OverheadRounds = 9, OverloadRounds = 5;

    /// <summary>What a CPU computes together (<see cref="CorrectionModel"/>), on either side.</summary>
    private const int BulkReads = 256;
    private const int BulkRequests = 4;

    /// <summary>In a turn: with one alone the thread would wait while its reads come and go.</summary>
    private const int LeastRequests = 3;

    private const int SmallReads = 4, SmallRequests = 8;
    private const int Overload = 10;

    /// <summary>In batches; a short queue is full, and empty again, within seconds.</summary>
    private const int ShortQueue = 1;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(6), Window = TimeSpan.FromSeconds(12);

    private static readonly string Folder = Path.Combine(Checkout.Root, "models", "sars-cov-2");

    public static async Task RunAsync()
    {
        Read[] reads = [.. new[] { "reads_R1.fastq.gz", "reads_R2.fastq.gz" }.SelectMany(ReadFile)];
        await MeasureOverheadAsync(reads);
        await MeasureOverloadAsync(reads);
    }

    private static async Task MeasureOverheadAsync(Read[] reads)
    {
        using var server = Serve();
        using var model = CorrectionModel.Load(Folder, "cpu");
        var load = new LoadClient(server.Http);
        var bodies = LoadClient.Bodies(reads, BulkReads);
        // Once to warm up, once to see how many make a turn.
        await load.ClosedAsync(bodies.Take(1), BulkRequests);
        RunBare(model, bodies.Take(1));
        var pace = await MeasureAsync(CurrentProcessorTime, () => Task.Run(() => RunBare(model, bodies.Take(1))), BulkReads);
        bodies = [.. bodies.Take(Math.Max(LeastRequests, (int)Math.Ceiling(pace.ReadsPerSecond * Turn.TotalSeconds / BulkReads)))];
        var count = bodies.Sum(body => body.Reads);

        Console.WriteLine($"overhead: {count} reads a turn, requests of {BulkReads}, {BulkRequests} at a time");
        Console.WriteLine("| round | bare, reads/s | served, reads/s | throughput | bare, CPU ms a read | served, CPU ms a read | CPU time | server computing |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        var (walls, processors, computing) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 1; round <= OverheadRounds; round++)
        {
            // Who comes first takes turns too.
            var computed = await ComputedSecondsAsync(server.Http);
            var served = round % 2 == 0 ? await ServedAsync() : default;
            var bare = await MeasureAsync(CurrentProcessorTime, () => Task.Run(() => RunBare(model, bodies)), count);
            served = round % 2 == 0 ? served : await ServedAsync();
            computing.Add((await ComputedSecondsAsync(server.Http) - computed) / count * served.ReadsPerSecond);
            walls.Add(served.ReadsPerSecond / bare.ReadsPerSecond);
            processors.Add(served.ProcessorMilliseconds / bare.ProcessorMilliseconds);
            Console.WriteLine($"| {round} | {bare.ReadsPerSecond:F1} | {served.ReadsPerSecond:F1} | {walls[^1]:P1} | "
                + $"{bare.ProcessorMilliseconds:F2} | {served.ProcessorMilliseconds:F2} | {processors[^1]:P1} | {computing[^1]:P1} |");
        }
        Console.WriteLine($"median: throughput {Median(walls):P1} of the bare engine's, CPU time {Median(processors):P1}; "
            + $"the server's thread computed {Median(computing):P1} of its turns' time");

        Task<(double ReadsPerSecond, double ProcessorMilliseconds)> ServedAsync() =>
            MeasureAsync(() => server.ProcessorTime, () => load.ClosedAsync(bodies, BulkRequests), count);
    }

    private static async Task MeasureOverloadAsync(Read[] reads)
    {
        using var server = Serve("--queue", $"{ShortQueue}");
        var load = new LoadClient(server.Http);
        var bodies = LoadClient.Bodies(reads, SmallReads);
        await load.ClosedAsync(bodies.Take(SmallRequests), SmallRequests);

        Console.WriteLine($"\noverload: requests of {SmallReads} reads, {SmallRequests} at a time for the peak, then {Overload} times as many as it answers");
        Console.WriteLine("| round | peak, reads/s | overloaded, reads/s | goodput | requests | refused | refused in ms, p50 | p99 |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        var goodputs = new List<double>();
        for (var round = 1; round <= OverloadRounds; round++)
        {
            var peak = await load.ClosedAsync(bodies, SmallRequests, Window);
            var overloaded = await load.OpenAsync(bodies, Overload * peak.RequestsPerSecond, Window);
            goodputs.Add(overloaded.ReadsPerSecond / peak.ReadsPerSecond);
            Console.WriteLine($"| {round} | {peak.ReadsPerSecond:F1} | {overloaded.ReadsPerSecond:F1} | {goodputs[^1]:P1} | {overloaded.Sent} | "
                + $"{overloaded.RefusedMilliseconds.Count} | {overloaded.Refused(0.5):F1} | {overloaded.Refused(0.99):F1} |");
        }
        Console.WriteLine($"median: goodput {Median(goodputs):P1} of the peak");
    }

    /// <summary>For how long the server has computed, as its metrics say: the rest of a turn it waited.</summary>
    private static async Task<double> ComputedSecondsAsync(HttpClient http) => (await http.GetStringAsync("/metrics")).Split('\n')
        .Where(line => line.StartsWith("dnabart_compute_duration_seconds_sum", StringComparison.Ordinal))
        .Sum(line => double.Parse(line.AsSpan(line.LastIndexOf(' ')), CultureInfo.InvariantCulture));

    private static ServerProcess Serve(params string[] options) => new(
        Path.Combine(Checkout.Root, "client", "bin", "Release", "net10.0", "DnaBart.Client.dll"),
        ["--model", Folder, "--device", "cpu", "--threads", "1", .. options]);

    private static IEnumerable<Read> ReadFile(string name)
    {
        using var reader = FastqReader.Open(Path.Combine(Checkout.Root, "tests", "data", "sars_cov_2", name));
        return [.. reader.ReadAll()];
    }

    /// <summary>What the server does with a body, without the server.</summary>
    private static void RunBare(CorrectionModel model, IEnumerable<RequestBody> bodies)
    {
        var output = new MemoryStream();
        var writer = new ReadWriter(output);
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
