using DnaBart.Alignment;
using DnaBart.Batching;
using DnaBart.IO;
using DnaBart.Metrics;
using DnaBart.Sequences;

namespace DnaBart.Correction;

/// <summary>The outcome of an evaluation.</summary>
/// <param name="Metrics">Over the reads whose truth is known and that the corrector kept.</param>
/// <param name="Unplaced">Raw reads without a unique place in the reference; they count nowhere else.</param>
/// <param name="Dropped">Raw reads that have a truth and are missing among the corrected.</param>
/// <param name="DroppedErrors">Errors of these.</param>
public sealed record CorrectionEvaluation(CorrectionMetrics Metrics, long Unplaced, long Dropped, long DroppedErrors)
{
    /// <summary>A mapping quality that says: this place and no other.</summary>
    public const int UniqueMappingQuality = 30;

    // Reads aligned as one task.
    private const int ChunkReads = 256;

    private readonly record struct Triple(Read Raw, Read? Corrected, Read? Truth);

    /// <summary>Of no reads.</summary>
    public static CorrectionEvaluation Nothing { get; } = new(CorrectionMetrics.None, 0, 0, 0);

    /// <summary>Compares reads with the genome that they come from: the truth of a read is the stretch that it aligns to, if that is the only
    /// one; clipped ends do not count.</summary>
    /// <param name="corrected">The raw reads in their order, some perhaps missing.</param>
    public static CorrectionEvaluation AgainstReference(
        IEnumerable<Read> raw, IEnumerable<Read> corrected, ReferenceAligner aligner, int workers, CancellationToken cancellation) =>
        Run(Join(raw, corrected).Select(pair => new Triple(pair.Raw, pair.Other, null)), triple => PlaceUniquely(aligner, triple.Raw), workers, cancellation);

    /// <summary>Compares simulated reads with their error-free originals.</summary>
    /// <param name="corrected">The raw reads in their order, some perhaps missing.</param>
    /// <param name="truth">The raw reads in their order, without errors.</param>
    /// <exception cref="InputException">A raw read is missing among the truth.</exception>
    public static CorrectionEvaluation AgainstTruth(
        IEnumerable<Read> raw, IEnumerable<Read> corrected, IEnumerable<Read> truth, int workers, CancellationToken cancellation) =>
        Run(
            Join(Join(raw, truth).Select(pair => new Triple(pair.Raw, null, pair.Other)), triple => triple.Raw, corrected)
                .Select(pair => pair.Raw with { Corrected = pair.Other }),
            KnownTruth, workers, cancellation);

    /// <summary>The truth of a read by the one place in the reference that it aligns to; null where that is not certain.</summary>
    public static ReadTruth? PlaceUniquely(ReferenceAligner aligner, Read read) =>
        aligner.Align(read.Bases) is { MappingQuality: >= UniqueMappingQuality } alignment ? alignment.Truth : null;

    private static ReadTruth KnownTruth(Triple triple)
    {
        var truth = triple.Truth ?? throw new InputException($"read '{triple.Raw.Name}' is missing among the truth; the files hold the same reads in the same order");
        return truth.Bases.Length == triple.Raw.Bases.Length ? ReadTruth.OfSameLength(truth.Bases) : ReadTruth.Align(truth.Bases, triple.Raw.Bases);
    }

    private static CorrectionEvaluation Run(IEnumerable<Triple> triples, Func<Triple, ReadTruth?> findTruth, int workers, CancellationToken cancellation)
    {
        var total = Nothing;
        OrderedPipeline.Run(
            triples.Chunk(ChunkReads),
            (chunk, _) => chunk.Select(triple => OfRead(triple, findTruth(triple))).Aggregate(Nothing, (sum, one) => sum + one),
            part => total += part,
            workers,
            cancellation);
        return total;
    }

    private static CorrectionEvaluation OfRead(Triple triple, ReadTruth? truth)
    {
        if (truth is null)
            return Nothing with { Unplaced = 1 };
        var before = truth.Observe(triple.Raw.Bases);
        return triple.Corrected is { } corrected
            ? Nothing with { Metrics = CorrectionMetrics.OfRead(truth.Bases, before, truth.Observe(corrected.Bases)) }
            : Nothing with { Dropped = 1, DroppedErrors = CorrectionMetrics.OfRead(truth.Bases, before, before).ErrorsBefore };
    }

    public static CorrectionEvaluation operator +(CorrectionEvaluation a, CorrectionEvaluation b) => new(
        a.Metrics + b.Metrics, a.Unplaced + b.Unplaced, a.Dropped + b.Dropped, a.DroppedErrors + b.DroppedErrors);

    private static IEnumerable<(Read Raw, Read? Other)> Join(IEnumerable<Read> raw, IEnumerable<Read> others) => Join(raw, read => read, others);

    /// <summary>Puts to each raw read the one of the same name; both come in the same order.</summary>
    /// <exception cref="InputException">One of the others is not among the raw reads, or not in their order.</exception>
    private static IEnumerable<(T Raw, Read? Other)> Join<T>(IEnumerable<T> raw, Func<T, Read> readOf, IEnumerable<Read> others)
    {
        using var other = others.GetEnumerator();
        var more = other.MoveNext();
        foreach (var item in raw)
        {
            if (more && Name(other.Current).SequenceEqual(Name(readOf(item))))
            {
                yield return (item, other.Current);
                more = other.MoveNext();
            }
            else
            {
                yield return (item, null);
            }
        }
        if (more)
            throw new InputException($"read '{other.Current.Name}' is not among the raw reads, or not in their order");
    }

    // Correctors write notes behind the name.
    private static ReadOnlySpan<char> Name(Read read)
    {
        var blank = read.Name.AsSpan().IndexOfAny(' ', '\t');
        return blank < 0 ? read.Name : read.Name.AsSpan(0, blank);
    }
}
