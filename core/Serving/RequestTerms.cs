namespace DnaBart.Serving;

/// <summary>What a request asks of the queues it passes.</summary>
/// <param name="Deadline">When the answer is no longer of use; what still waits then is not computed.</param>
/// <param name="Continues">It is a later part of a request that has been accepted: it waits for its turn, however full the queue is, so that
/// what was begun is finished while newcomers are refused. Its sender must keep few parts under way at a time.</param>
public readonly record struct RequestTerms(DateTimeOffset Deadline, bool Continues = false);
