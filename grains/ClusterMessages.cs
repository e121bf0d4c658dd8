using DnaBart.Serving;

namespace DnaBart.Grains;

/// <summary>Who holds a slot, as <see cref="SlotHolder"/>.</summary>
[GenerateSerializer, Immutable, Alias("dnabart.holder")]
public sealed record HolderReport([property: Id(0)] string Holder, [property: Id(1)] string Group);

/// <summary>A slot of a silo.</summary>
[GenerateSerializer, Immutable, Alias("dnabart.slot")]
public sealed record SlotReport([property: Id(0)] string Slot, [property: Id(1)] HolderReport[] Holders);

/// <summary>A replica of a silo.</summary>
/// <param name="Name">As <see cref="ReplicaName"/> writes it.</param>
/// <param name="QueuedBases">Bases accepted and not yet answered.</param>
[GenerateSerializer, Immutable, Alias("dnabart.replica")]
public sealed record ReplicaReport(
    [property: Id(0)] string Name, [property: Id(1)] string Slot, [property: Id(2)] ReplicaState State, [property: Id(3)] long QueuedBases);

/// <summary>What a silo says of itself.</summary>
/// <param name="Silo">Its address.</param>
/// <param name="Name">Its name.</param>
/// <param name="Answers">False where it is a member and did not answer in time, or is leaving: then nothing is known of the rest.</param>
[GenerateSerializer, Immutable, Alias("dnabart.silo")]
public sealed record SiloReport(
    [property: Id(0)] string Silo, [property: Id(1)] string Name, [property: Id(2)] bool Answers, [property: Id(3)] SlotReport[] Slots,
    [property: Id(4)] ReplicaReport[] Replicas);

/// <summary>The silos of a cluster that are members of it.</summary>
[GenerateSerializer, Immutable, Alias("dnabart.cluster")]
public sealed record ClusterReport([property: Id(0)] SiloReport[] Silos)
{
    /// <summary>A slot's name in the whole cluster.</summary>
    public static string Place(string silo, string slot) => $"{silo}|{slot}";

    /// <summary>The parts of a name that begins with a place.</summary>
    public static string[] Split(string name) => name.Split('|');
}

/// <summary>Why a replica refused, as <see cref="ServingException"/>.</summary>
[GenerateSerializer, Immutable, Alias("dnabart.refusal")]
public sealed record RefusalReply([property: Id(0)] Refusal Refusal, [property: Id(1)] string Message, [property: Id(2)] TimeSpan? RetryAfter)
{
    public static RefusalReply Of(ServingException e) => new(e.Refusal, e.Message, e.RetryAfter);

    public ServingException ToException() => new(Refusal, Message, RetryAfter);
}

/// <summary>A request to a replica, beside what is to be computed.</summary>
/// <param name="Id">Sent again under the same number while the first is still being computed, a request shares its result.</param>
/// <param name="TimeLeft">After so long the answer is of no use.</param>
/// <param name="Continues">As in <see cref="RequestTerms"/>.</param>
[GenerateSerializer, Immutable, Alias("dnabart.request")]
public sealed record RequestMessage([property: Id(0)] Guid Id, [property: Id(1)] TimeSpan TimeLeft, [property: Id(2)] bool Continues);

/// <summary>Reads to be corrected; their names do not matter.</summary>
[GenerateSerializer, Immutable, Alias("dnabart.reads")]
public sealed record ReadsMessage([property: Id(0)] byte[][] Bases, [property: Id(1)] byte[][] Qualities);

/// <summary>A corrected read without what its sender knows.</summary>
/// <param name="Positions">Of the changes, ascending.</param>
/// <param name="LogOdds">Of the changes.</param>
[GenerateSerializer, Immutable, Alias("dnabart.corrected")]
public sealed record CorrectedMessage([property: Id(0)] byte[] Bases, [property: Id(1)] int[] Positions, [property: Id(2)] double[] LogOdds);

/// <summary>A replica's answer.</summary>
/// <param name="Result">Null where it refused.</param>
[GenerateSerializer, Immutable, Alias("dnabart.reply`1")]
public sealed record ReplicaReply<T>([property: Id(0)] T? Result, [property: Id(1)] RefusalReply? Refusal)
    where T : class;

/// <summary>A model as the catalogue keeps it.</summary>
[GenerateSerializer, Immutable, Alias("dnabart.model")]
public sealed record ModelEntry(
    [property: Id(0)] string Name, [property: Id(1)] int Version, [property: Id(2)] ModelKind Kind, [property: Id(3)] string Folder,
    [property: Id(4)] string[] Labels);

/// <summary>What became of loading a replica or a model.</summary>
/// <param name="Problem">One line for the user; null where it loaded.</param>
[GenerateSerializer, Immutable, Alias("dnabart.loaded")]
public sealed record LoadReply([property: Id(0)] ModelEntry? Model, [property: Id(1)] string? Problem);
