namespace DnaBart.Batching;

/// <summary>When waiting requests are computed together, and how many may wait.</summary>
/// <param name="BatchBases">Bases that are computed together: about what keeps the device busy.</param>
/// <param name="Delay">How long a request may wait for others to fill its batch.</param>
/// <param name="CapacityBases">Bases that may be accepted and not yet answered; a request beyond it is refused, unless nothing else is there,
/// or it has to be taken.</param>
/// <param name="LargestBases">Bases of the largest request that is computed at all: a larger one would keep the device from all others.</param>
public sealed record BatchPolicy(int BatchBases, TimeSpan Delay, long CapacityBases, long LargestBases);

/// <summary>Requests that wait for a device, first come, first served. It decides what is accepted and what is computed together, and
/// keeps no time of its own. Thread-safe.</summary>
/// <typeparam name="T">A request.</typeparam>
public sealed class RequestQueue<T>(BatchPolicy policy)
{
    private readonly LinkedList<Entry> waiting = [];
    private long waitingBases;
    private bool closed;

    /// <summary>A request and its place.</summary>
    public sealed class Entry
    {
        internal Entry(T request, int bases, DateTimeOffset arrival) => (Request, Bases, Arrival) = (request, bases, arrival);

        public T Request { get; }

        public int Bases { get; }

        public DateTimeOffset Arrival { get; }

        internal LinkedListNode<Entry>? Node { get; set; }
    }

    /// <summary>Bases accepted and not yet released, waiting or being computed.</summary>
    public long AcceptedBases { get; private set; }

    /// <summary>Accepts a request, or gives null where the queue is full or closed.</summary>
    /// <param name="always">Accepts it even where the queue is full.</param>
    public Entry? TryAdd(T request, int bases, DateTimeOffset now, bool always = false)
    {
        lock (waiting)
        {
            if (closed || (!always && AcceptedBases > 0 && AcceptedBases + bases > policy.CapacityBases))
                return null;
            var entry = new Entry(request, bases, now);
            entry.Node = waiting.AddLast(entry);
            waitingBases += bases;
            AcceptedBases += bases;
            return entry;
        }
    }

    /// <summary>Takes the oldest requests up to a batch's bases, a single larger one by itself, if the batch is full, the oldest has waited
    /// long enough or the queue is closed.</summary>
    /// <param name="wait">Where nothing is taken: when to ask again if nothing arrives meanwhile; null if there is nothing to wait for.</param>
    public IReadOnlyList<Entry> Take(DateTimeOffset now, out TimeSpan? wait)
    {
        lock (waiting)
        {
            wait = null;
            if (waiting.First is not { } first)
                return [];
            var due = first.Value.Arrival + policy.Delay;
            if (waitingBases < policy.BatchBases && now < due && !closed)
            {
                wait = due - now;
                return [];
            }
            var batch = new List<Entry>();
            var bases = 0L;
            while (waiting.First is { } next && (batch.Count == 0 || bases + next.Value.Bases <= policy.BatchBases))
            {
                bases += next.Value.Bases;
                Unlink(next.Value);
                batch.Add(next.Value);
            }
            return batch;
        }
    }

    /// <summary>Takes a request that waits no longer out of the queue; false if it was taken before.</summary>
    public bool Remove(Entry entry)
    {
        lock (waiting)
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
        lock (waiting)
            AcceptedBases -= entry.Bases;
    }

    /// <summary>Accepts nothing more; what waits is still taken.</summary>
    public void Close()
    {
        lock (waiting)
            closed = true;
    }

    /// <summary>Whether nothing waits and nothing will.</summary>
    public bool IsDrained
    {
        get
        {
            lock (waiting)
                return closed && waiting.Count == 0;
        }
    }

    public bool IsClosed
    {
        get
        {
            lock (waiting)
                return closed;
        }
    }

    private void Unlink(Entry entry)
    {
        waiting.Remove(entry.Node!);
        entry.Node = null;
        waitingBases -= entry.Bases;
    }
}
