namespace DnaBart.Serving;

/// <summary>What a model is for.</summary>
public enum ModelKind
{
    /// <summary>Corrects reads (<c>correction.json</c> in its folder).</summary>
    Correction,

    /// <summary>Classifies sequences (a finetuned folder).</summary>
    Classification,
}

/// <summary>A model as callers see it.</summary>
/// <param name="Name">What requests call it.</param>
/// <param name="Version">Counts the loads under this name, from 1.</param>
/// <param name="Folder">Where it was loaded from.</param>
/// <param name="Labels">The classes of a classification model, in the order of its probabilities; empty for a correction model.</param>
/// <param name="Replicas">Where it is loaded; empty while it still loads.</param>
public sealed record ModelStatus(
    string Name, int Version, ModelKind Kind, string Folder, IReadOnlyList<string> Labels, IReadOnlyList<ReplicaStatus> Replicas);

/// <summary>One loaded copy of a model.</summary>
/// <param name="Silo">The server that holds it; null on a single node.</param>
/// <param name="Device">Such as <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="QueuedBases">Bases accepted and not yet answered.</param>
/// <param name="IsDraining">It answers what it has accepted and takes no more.</param>
public sealed record ReplicaStatus(string? Silo, string Device, long QueuedBases, bool IsDraining);
