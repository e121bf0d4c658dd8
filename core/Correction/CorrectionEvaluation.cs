using DnaBart.Alignment;
using DnaBart.Batching;
using DnaBart.IO;
using DnaBart.Metrics;
using DnaBart.Sequences;

namespace DnaBart.Correction;

/// <summary>The outcome of an evaluation. Everything but what is said to be of other reads is over those whose truth is known and that the
/// corrector kept.</summary>
/// <param name="Metrics">Base by base.</param>
/// <param name="EditsBefore">From truth to raw read.</param>
/// <param name="EditsAfter">From truth to corrected read.</param>
/// <param name="Variants">True variants; null where none were looked for.</param>
/// <param name="Unplaced">Raw reads without a unique place in the reference; they count nowhere else.</param>
/// <param name="Dropped">Raw reads that have a truth and are missing among the corrected.</param>
/// <param name="DroppedErrors">Errors of these.</param>
public sealed record CorrectionEvaluation(
    CorrectionMetrics Metrics, EditCounts EditsBefore, EditCounts EditsAfter, VariantCounts? Variants, long Unplaced, long Dropped, long DroppedErrors)
{
    /// <summary>A mapping quality that says: this place and no other.</summary>
    public const int UniqueMappingQuality = 30;

    // Reads aligned as one task.
    private const int ChunkReads = 256;

    private readonly record struct Triple(Read Raw, Read? Corrected, Read? Truth);

    private readonly record struct KnownRead(ReadTruth Truth, ReadPlace? Place);

    /// <summary>Of no reads.</summary>
    public static CorrectionEvaluation Nothing { get; } = new(CorrectionMetrics.None, default, default, null, 0, 0, 0);

    /// <summary>Share of the edit distance that is gone; negative where reads got worse. NaN without errors.</summary>
    public double EditGain => 1 - (double)EditsAfter.Distance / EditsBefore.Distance;

    /// <summary>Compares reads with the genome that they come from: the truth of a read is the stretch that it aligns to, if that is the only
    /// one; clipped ends do not count.</summary>
    /// <param name="corrected">The raw reads in their order, some perhaps missing.</param>
    /// <param name="variants">Of the genome that the reads come from, against another one; null to look for none.</param>
    public static CorrectionEvaluation AgainstReference(
        IEnumerable<Read> raw, IEnumerable<Read> corrected, ReferenceAligner aligner, TrueVariants? variants, int workers, CancellationToken cancellation) =>
        Run(Join(raw, corrected).Select(pair => new Triple(pair.Raw, pair.Other, null)), triple => Place(aligner, triple.Raw), variants, workers, cancellation);

    /// <summary>Compares simulated reads with their error-free originals.</summary>
    /// <param name="corrected">The raw reads in their order, some perhaps missing.</param>
    /// <param name="truth">The raw reads in their order, without errors.</param>
    /// <param name="variants">Of the genome that the reads come from, against another one; null to look for none.</param>
    /// <exception cref="InputException">A raw read is missing among the truth, or a place that variants ask for behind its name.</exception>
    public static CorrectionEvaluation AgainstTruth(
        IEnumerable<Read> raw, IEnumerable<Read> corrected, IEnumerable<Read> truth, TrueVariants? variants, int workers, CancellationToken cancellation) =>
        Run(
            Join(Join(raw, truth).Select(pair => new Triple(pair.Raw, null, pair.Other)), triple => triple.Raw, corrected)
                .Select(pair => pair.Raw with { Corrected = pair.Other }),
            KnownTruth, variants, workers, cancellation);

    /// <summary>The truth of a read by the one place in the reference that it aligns to; null where that is not certain.</summary>
    public static ReadTruth? PlaceUniquely(ReferenceAligner aligner, Read read) => Place(aligner, read)?.Truth;

    private static KnownRead? Place(ReferenceAligner aligner, Read read) =>
        aligner.Align(read.Bases) is { MappingQuality: >= UniqueMappingQuality } alignment
            ? new KnownRead(alignment.Truth, new ReadPlace(aligner.Genome.Names[alignment.Sequence], alignment.Position, alignment.Reverse))
            : null;

    private static KnownRead? KnownTruth(Triple triple)
    {
        var truth = triple.Truth ?? throw new InputException($"read '{triple.Raw.Name}' is missing among the truth; the files hold the same reads in the same order");
        return new KnownRead(ReadTruth.Align(truth.Bases, triple.Raw.Bases), ReadPlace.OfName(truth.Name));
    }

    private static CorrectionEvaluation Run(
        IEnumerable<Triple> triples, Func<Triple, KnownRead?> findTruth, TrueVariants? variants, int workers, CancellationToken cancellation)
    {
        var total = Nothing with { Variants = variants is null ? null : default(VariantCounts) };
        OrderedPipeline.Run(
            triples.Chunk(ChunkReads),
            (chunk, _) => chunk.Select(triple => OfRead(triple, findTruth(triple), variants)).Aggregate(Nothing, (sum, one) => sum + one),
            part => total += part,
            workers,
            cancellation);
        return total;
    }

    private static CorrectionEvaluation OfRead(Triple triple, KnownRead? known, TrueVariants? variants)
    {
        if (known is not var (truth, place))
            return Nothing with { Unplaced = 1 };
        var before = truth.Observe(triple.Raw.Bases);
        if (triple.Corrected is not { } corrected)
            return Nothing with { Dropped = 1, DroppedErrors = CorrectionMetrics.OfRead(truth.Bases, before, before).ErrorsBefore };
        var after = truth.Observe(corrected.Bases);
        return Nothing with
        {
            Metrics = CorrectionMetrics.OfRead(truth.Bases, before, after),
            EditsBefore = truth.CountEdits(triple.Raw.Bases),
            EditsAfter = truth.CountEdits(corrected.Bases),
            Variants = variants is null ? null : VariantCounts.OfRead(truth.Bases, variants.Mark(truth.Bases, place), before, after),
        };
    }

    public static CorrectionEvaluation operator +(CorrectionEvaluation a, CorrectionEvaluation b) => new(
        a.Metrics + b.Metrics, a.EditsBefore + b.EditsBefore, a.EditsAfter + b.EditsAfter,
        a.Variants is { } variants ? variants + (b.Variants ?? default) : b.Variants,
        a.Unplaced + b.Unplaced, a.Dropped + b.Dropped, a.DroppedErrors + b.DroppedErrors);

    private static IEnumerable<(Read Raw, Read? Other)> Join(IEnumerable<Read> raw, IEnumerable<Read> others) => Join(raw, read => read, others);

    /// <summary>Puts to each raw read the one of the same name, and of the same mate where both say which they are; both come in the same order.</summary>
    /// <exception cref="InputException">One of the others is not among the raw reads, or not in their order.</exception>
    private static IEnumerable<(T Raw, Read? Other)> Join<T>(IEnumerable<T> raw, Func<T, Read> readOf, IEnumerable<Read> others)
    {
        using var other = others.GetEnumerator();
        var more = other.MoveNext();
        foreach (var item in raw)
        {
            if (more && AreSame(other.Current, readOf(item)))
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

    private static bool AreSame(Read one, Read other) =>
        Name(one).SequenceEqual(Name(other)) && (Mate(one) is not { } mate || Mate(other) is not { } otherMate || mate == otherMate);

    /// <summary>1 or 2, as Casava 1.8 and later write it behind the name (<c>1:N:0:ATCACG</c>); null where nothing of the kind is there.</summary>
    private static char? Mate(Read read) => read.Name.AsSpan(Name(read).Length) is [_, ('1' or '2') and var mate, ':', ..] ? mate : null;

    // Correctors write notes behind the name.
    private static ReadOnlySpan<char> Name(Read read)
    {
        var blank = read.Name.AsSpan().IndexOfAny(' ', '\t');
        return blank < 0 ? read.Name : read.Name.AsSpan(0, blank);
    }
}
