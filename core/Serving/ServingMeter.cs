using System.Diagnostics.Metrics;

namespace DnaBart.Serving;

/// <summary>What the service measures, under the names of OpenTelemetry's conventions (lower case, dots, units apart). Prometheus sees
/// <c>dnabart.queue.wait</c> in seconds as <c>dnabart_queue_wait_seconds</c>.</summary>
public sealed class ServingMeter : IDisposable
{
    public const string Name = "DnaBart";

    private readonly Meter meter;

    public ServingMeter(IMeterFactory factory)
    {
        meter = factory.Create(Name);
        Requests = meter.CreateCounter<long>("dnabart.requests", "{request}", "Requests by operation, model and outcome");
        QueueWait = Seconds("dnabart.queue.wait", "From acceptance to the start of computing");
        ComputeTime = Seconds("dnabart.compute.duration", "Time of the device, a batch");
        BatchSequences = meter.CreateHistogram("dnabart.batch.sequences", "{sequence}", "Sequences computed together",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096] });
        BatchBases = meter.CreateHistogram("dnabart.batch.bases", "{base}", "Bases computed together",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [128, 512, 2048, 8192, 32768, 131072, 524288, 2097152] });
        Reads = meter.CreateCounter<long>("dnabart.reads", "{read}", "Reads corrected");
        Bases = meter.CreateCounter<long>("dnabart.bases", "{base}", "Bases of the reads corrected");
        ChangedBases = meter.CreateCounter<long>("dnabart.bases.changed", "{base}", "Bases changed");
        Sequences = meter.CreateCounter<long>("dnabart.sequences", "{sequence}", "Sequences classified");
    }

    /// <summary>Tags: <c>operation</c>, <c>model</c>, <c>outcome</c>.</summary>
    public Counter<long> Requests { get; }

    public Histogram<double> QueueWait { get; }

    public Histogram<double> ComputeTime { get; }

    public Histogram<long> BatchSequences { get; }

    public Histogram<long> BatchBases { get; }

    public Counter<long> Reads { get; }

    public Counter<long> Bases { get; }

    public Counter<long> ChangedBases { get; }

    public Counter<long> Sequences { get; }

    /// <summary>Observes how many bases wait, a measurement a model and device (the tags).</summary>
    /// <param name="queues">Of each replica. A device may have several of a model: CPU slots, or versions of which one drains.</param>
    public void ObserveQueue(Func<IEnumerable<(string Model, string Device, long Bases)>> queues) => meter.CreateObservableUpDownCounter(
        "dnabart.queue.bases",
        // Of measurements with the same tags the last alone would count.
        () => queues().GroupBy(queue => (queue.Model, queue.Device)).Select(same => new Measurement<long>(
            same.Sum(queue => queue.Bases), new("model", same.Key.Model), new("device", same.Key.Device))),
        "{base}", "Bases accepted and not yet answered");

    /// <summary>Observes the engine.</summary>
    /// <param name="liveTensors">Tensors alive.</param>
    /// <param name="deviceBytes">Memory in use, a measurement a GPU (tag: <c>device</c>).</param>
    public void ObserveEngine(Func<long> liveTensors, Func<IEnumerable<Measurement<long>>> deviceBytes)
    {
        meter.CreateObservableUpDownCounter("dnabart.tensors.live", liveTensors, "{tensor}", "Tensors alive in the engine");
        meter.CreateObservableUpDownCounter("dnabart.device.memory.usage", deviceBytes, "By", "Device memory in use");
    }

    public void Dispose() => meter.Dispose();

    private Histogram<double> Seconds(string name, string description) => meter.CreateHistogram(name, "s", description,
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60] });
}
