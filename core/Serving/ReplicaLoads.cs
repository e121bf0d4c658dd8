namespace DnaBart.Serving;

/// <summary>How busy replicas are, as one of those who send them requests knows it: what it has sent itself and has no answer to, and
/// what the replica said that others had sent. Thread-safe.</summary>
public sealed class ReplicaLoads
{
    private sealed class Load
    {
        public long Own, Others, LastChosen;
    }

    private readonly Lock guard = new();
    private readonly Dictionary<string, Load> loads = [];
    private long choices;

    /// <summary>Chooses the least busy replica, among equals the one that was chosen longest ago, and counts the request as sent to it.</summary>
    /// <param name="replicas">One at least.</param>
    /// <param name="bases">Size of the request.</param>
    public string Send(IReadOnlyCollection<string> replicas, long bases)
    {
        lock (guard)
        {
            var chosen = replicas.MinBy(name => (Of(name).Own + Of(name).Others, Of(name).LastChosen))!;
            Of(chosen).Own += bases;
            Of(chosen).LastChosen = ++choices;
            return chosen;
        }
    }

    /// <summary>A request has been answered or has failed.</summary>
    public void Answered(string replica, long bases)
    {
        lock (guard)
            Of(replica).Own -= bases;
    }

    /// <summary>What a replica says of itself.</summary>
    /// <param name="queuedBases">All that it has accepted and not yet answered.</param>
    public void Report(string replica, long queuedBases)
    {
        lock (guard)
            Of(replica).Others = Math.Max(0, queuedBases - Of(replica).Own);
    }

    private Load Of(string replica)
    {
        if (!loads.TryGetValue(replica, out var load))
            loads[replica] = load = new Load();
        return load;
    }
}
