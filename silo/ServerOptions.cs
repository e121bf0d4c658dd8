using DnaBart.Finetuning;
using Microsoft.AspNetCore.Builder;

namespace DnaBart.Silo;

/// <summary>A model to load at the start.</summary>
public sealed record ModelFolder(string Name, string Folder);

/// <summary>What a server is told at its start.</summary>
public sealed record ServerOptions
{
    /// <summary>The models. Requests to correct that name none go to the correction model where there is but one.</summary>
    public required IReadOnlyList<ModelFolder> Models { get; init; }

    /// <summary>Where to listen, such as <c>http://127.0.0.1:8080</c>; port 0 is any free one.</summary>
    public required string Url { get; init; }

    /// <summary>Such as <c>cpu</c> or <c>cuda:0</c>.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>Batches that the CPU computes at a time.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>How long a GPU waits for other requests to share a batch; a CPU computes each by itself.</summary>
    public TimeSpan BatchDelay { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Batches that may wait before each replica; what comes beyond is refused.</summary>
    public int QueueBatches { get; init; } = 32;

    /// <summary>Bodies read at a time; what comes beyond is refused.</summary>
    public int Uploads { get; init; } = 256;

    /// <summary>How long a request may wait until its answer begins, where it does not say.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a stop waits for the requests under way.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Where administration listens; null for nowhere.</summary>
    public string? AdminUrl { get; init; }

    /// <summary>What administration's requests must carry (<c>Authorization: Bearer TOKEN</c>).</summary>
    public string? AdminToken { get; init; }

    /// <summary>Where sweeps are kept; null to serve none. All silos of a cluster share it.</summary>
    public SweepRoot? Sweeps { get; init; }

    /// <summary>Makes the server a member of a cluster, whose models and sweeps it then serves; null for a single node.</summary>
    public Action<WebApplicationBuilder>? Join { get; init; }
}
