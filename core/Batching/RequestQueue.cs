namespace DnaBart.Batching;

/// <summary>When waiting requests are computed together, and how many may wait.</summary>
/// <param name="BatchBases">Bases that are computed together: about what keeps the device busy.</param>
/// <param name="Delay">How long a request may wait for others to fill its batch.</param>
/// <param name="CapacityBases">Bases that may be accepted and not yet answered; a request beyond it is refused, unless nothing else is there,
/// or it continues another.</param>
/// <param name="LargestBases">Bases of the largest request that is computed at all: a larger one would keep the device from all others.</param>
public sealed record BatchPolicy(int BatchBases, TimeSpan Delay, long CapacityBases, long LargestBases);

/// <summary>Requests that wait for a device. Those that are new and those that continue an earlier one, as the parts of a long upload do, get
/// a half of it each, so that one who asks for little waits for no upload's end; within a half it is first come, first served. It
/// decides what is accepted and what is computed together, and keeps no time of its own. Thread-safe.</summary>
/// <typeparam name="T">A request.</typeparam>
public sealed class RequestQueue<T>(BatchPolicy policy)
{
    private readonly Lock guard = new();
    private readonly Lane newcomers = new(), continued = new();
    private bool closed;

    /// <summary>A request and its place.</summary>
    public sealed class Entry
    {
        internal Entry(T request, int bases, DateTimeOffset arrival, bool continues) =>
            (Request, Bases, Arrival, Continues) = (request, bases, arrival, continues);

        public T Request { get; }

        public int Bases { get; }

        public DateTimeOffset Arrival { get; }

        internal bool Continues { get; }

        internal LinkedListNode<Entry>? Node { get; set; }
    }

    /// <summary>Requests that share a half of the device.</summary>
    private sealed class Lane
    {
        public LinkedList<Entry> Waiting { get; } = [];

        public long WaitingBases { get; set; }

        /// <summary>Bases taken: the lane that is behind is next.</summary>
        public long TakenBases { get; set; }
    }

    /// <summary>Bases accepted and not yet released, waiting or being computed.</summary>
    public long AcceptedBases { get; private set; }

    /// <summary>Accepts a request, or gives null where the queue is full or closed.</summary>
    /// <param name="continues">It continues one that was accepted: the queue takes it even where it is full.</param>
    public Entry? TryAdd(T request, int bases, DateTimeOffset now, bool continues = false)
    {
        lock (guard)
        {
            if (closed || (!continues && AcceptedBases > 0 && AcceptedBases + bases > policy.CapacityBases))
                return null;
            var entry = new Entry(request, bases, now, continues);
            var lane = Of(entry);
            // A lane that was empty has no claim on the time in which it asked for nothing.
            if (lane.Waiting.Count == 0)
                lane.TakenBases = Math.Max(newcomers.TakenBases, continued.TakenBases);
            entry.Node = lane.Waiting.AddLast(entry);
            lane.WaitingBases += bases;
            AcceptedBases += bases;
            return entry;
        }
    }

    /// <summary>About how many bases are computed before the answer of a new request that comes now, its own not counted.</summary>
    /// <param name="bases">Its own.</param>
    public long BasesBefore(long bases)
    {
        lock (guard)
        {
            var computing = AcceptedBases - newcomers.WaitingBases - continued.WaitingBases;
            return computing + newcomers.WaitingBases + Math.Min(continued.WaitingBases, newcomers.WaitingBases + bases);
        }
    }

    /// <summary>Takes the requests whose turn it is, up to a batch's bases, a single larger one by itself, if the batch is full, the oldest has
    /// waited long enough or the queue is closed.</summary>
    /// <param name="wait">Where nothing is taken: when to ask again if nothing arrives meanwhile; null if there is nothing to wait for.</param>
    public IReadOnlyList<Entry> Take(DateTimeOffset now, out TimeSpan? wait)
    {
        lock (guard)
        {
            wait = null;
            if (Next() is null)
                return [];
            var due = new[] { newcomers, continued }.Min(lane => lane.Waiting.First?.Value.Arrival)!.Value + policy.Delay;
            if (newcomers.WaitingBases + continued.WaitingBases < policy.BatchBases && now < due && !closed)
            {
                wait = due - now;
                return [];
            }
            var batch = new List<Entry>();
            var bases = 0L;
            while (Next() is { } next && (batch.Count == 0 || bases + next.Bases <= policy.BatchBases))
            {
                bases += next.Bases;
                Unlink(next);
                Of(next).TakenBases += next.Bases;
                batch.Add(next);
            }
            return batch;
        }
    }

    /// <summary>Takes a request that waits no longer out of the queue; false if it was taken before.</summary>
    public bool Remove(Entry entry)
    {
        lock (guard)
        {
            if (entry.Node is null)
                return false;
            Unlink(entry);
            AcceptedBases -= entry.Bases;
            return true;
        }
    }

    /// <summary>Gives back the room of a request that was taken and is answered.</summary>
    public void Release(Entry entry)
    {
        lock (guard)
            AcceptedBases -= entry.Bases;
    }

    /// <summary>Accepts nothing more; what waits is still taken.</summary>
    public void Close()
    {
        lock (guard)
            closed = true;
    }

    /// <summary>Whether nothing waits and nothing will.</summary>
    public bool IsDrained
    {
        get
        {
            lock (guard)
                return closed && Next() is null;
        }
    }

    public bool IsClosed
    {
        get
        {
            lock (guard)
                return closed;
        }
    }

    private Lane Of(Entry entry) => entry.Continues ? continued : newcomers;

    private Entry? Next() =>
        (continued.Waiting.Count == 0 || (newcomers.Waiting.Count > 0 && newcomers.TakenBases <= continued.TakenBases) ? newcomers : continued).Waiting.First?.Value;

    private void Unlink(Entry entry)
    {
        var lane = Of(entry);
        lane.Waiting.Remove(entry.Node!);
        entry.Node = null;
        lane.WaitingBases -= entry.Bases;
    }
}
