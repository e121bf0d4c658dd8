using DnaBart.Serving;

namespace DnaBart.Silo.Http;

/// <summary>Room for the bodies that are held as a whole until their answer is ready, of all requests together. As strings and objects a body takes
/// many times its bytes: without a bound a few dozen would take all memory before the queue could refuse them.</summary>
internal sealed class BodyRoom
{
    /// <summary>Bytes of bodies at a time: four of the longest, or thousands of ordinary ones.</summary>
    public const long Capacity = 4 * JsonBody.Longest;

    private static readonly TimeSpan RoomMade = TimeSpan.FromSeconds(1);

    private long taken;

    /// <exception cref="ServingException">There is no room for so many bytes now.</exception>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref taken, bytes) <= Capacity)
            return;
        Give(bytes);
        throw new ServingException(Refusal.QueueFull, $"bodies of {Capacity >> 20} MiB are under way; send this one again later", RoomMade);
    }

    public void Give(long bytes) => Interlocked.Add(ref taken, -bytes);
}
