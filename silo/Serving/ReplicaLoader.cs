using System.Collections.Concurrent;
using System.Diagnostics;
using DnaBart.Batching;
using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Model;
using DnaBart.Model.Finetuning;
using DnaBart.Sequences;
using DnaBart.Serving;

namespace DnaBart.Silo.Serving;

/// <summary>Loads model folders onto this machine's devices.</summary>
/// <param name="threads">Batches that the CPU computes at a time, over all models; a GPU computes one.</param>
/// <param name="delay">As <see cref="BatchPolicy.Delay"/>.</param>
/// <param name="queueBatches">Batches that may wait before each replica.</param>
public sealed class ReplicaLoader(int threads, TimeSpan delay, int queueBatches, ServingMeter meter, TimeProvider time) : IReplicaLoader
{
    /// <summary>Bases of a part of an upload that are computed however short the queue is. No record may have more.</summary>
    public const int LargestPart = 1 << 20;

    private const string Cpu = "cpu";

    // About what `dnabart correct` computes together (CorrectionModel), and what the capacity of a queue counts in.
    private const int CpuBatchBases = 1 << 15, GpuBatchBases = 1 << 20;

    // On a CPU every request is computed by itself: together they take as long, and the last bits of what a read gets depend on what is
    // computed with it. By itself it gets those of `dnabart correct`.
    private const int OneRequest = 1;

    // One model computes at a time on a GPU, as many as there are threads on the CPU; while one version drains, the next has its turns.
    private readonly ConcurrentDictionary<string, SemaphoreSlim> devices = new();

    /// <inheritdoc/>
    public Task<IModelReplica> LoadAsync(string model, string folder, string device, CancellationToken cancellation) =>
        Task.Run(() => Load(model, folder, Engine.Check(device)), cancellation);

    private IModelReplica Load(string model, string folder, string device)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: no such folder; give one that `dnabart pretrain` or `dnabart finetune` wrote");
        return File.Exists(Path.Combine(folder, CorrectionSettings.FileName)) ? Corrector(model, folder, device) : Classifier(model, folder, device);
    }

    private CorrectionReplica Corrector(string model, string folder, string device)
    {
        var loaded = CorrectionModel.Load(folder, device);
        var tags = Tags(model, device);
        return new CorrectionReplica(loaded, device, Worker(device, device == Cpu ? threads : 1, tags, static read => read.Bases.Length, NewComputer));

        BatchWorker<Read, CorrectedRead>.Computer NewComputer()
        {
            var corrector = loaded.NewCorrector();
            return (reads, cancellation) =>
            {
                var corrected = corrector.Correct(reads, cancellation);
                meter.Reads.Add(reads.Count, tags);
                meter.Bases.Add(corrected.Sum(read => (long)read.Bases.Length), tags);
                meter.ChangedBases.Add(corrected.Sum(read => (long)read.Changes.Count), tags);
                return corrected;
            };
        }
    }

    private ClassificationReplica Classifier(string model, string folder, string device)
    {
        var loaded = SequenceClassifier.Load(folder, device);
        var tags = Tags(model, device);
        // One thread drives a classifier; on a CPU its operators use the others.
        return new ClassificationReplica(loaded, loaded.Config.Labels, device, Worker(device, 1, tags, static bases => bases.Length, NewComputer));

        BatchWorker<byte[], double[]>.Computer NewComputer() => (sequences, cancellation) =>
        {
            var probabilities = loaded.Classify(sequences, cancellation);
            meter.Sequences.Add(sequences.Count, tags);
            return probabilities;
        };
    }

    private BatchWorker<TItem, TResult> Worker<TItem, TResult>(
        string device, int workers, TagList tags, Func<TItem, int> bases, Func<BatchWorker<TItem, TResult>.Computer> newComputer)
    {
        var batch = device == Cpu ? CpuBatchBases : GpuBatchBases;
        var capacity = (long)batch * queueBatches;
        var policy = new BatchPolicy(device == Cpu ? OneRequest : batch, delay, capacity, Math.Max(capacity, LargestPart));
        var gate = devices.GetOrAdd(device, _ => new SemaphoreSlim(device == Cpu ? threads : 1));
        return new BatchWorker<TItem, TResult>(newComputer, bases, policy, workers, gate, meter, tags, time);
    }

    private static TagList Tags(string model, string device) => new() { { "model", model }, { "device", device } };
}
