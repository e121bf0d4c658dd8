namespace DnaBart.Serving;

/// <summary>Why a request was refused.</summary>
public enum Refusal
{
    /// <summary>No model of that name is loaded.</summary>
    UnknownModel,

    /// <summary>The model is of the other kind.</summary>
    WrongKind,

    /// <summary>The queue is full: try again later.</summary>
    QueueFull,

    /// <summary>The deadline passed before the request's turn came.</summary>
    DeadlineExceeded,

    /// <summary>The server is shutting down, or the model is being unloaded.</summary>
    Draining,

    /// <summary>The request is larger than any that is computed; parts of it may be sent.</summary>
    TooLarge,
}

/// <summary>A request was refused; nothing of it was computed in vain, and it can be sent again.</summary>
/// <param name="refusal">The kind of refusal.</param>
/// <param name="message">One line that says what to do.</param>
/// <param name="retryAfter">When the queue will likely have room; null where waiting does not help.</param>
public sealed class ServingException(Refusal refusal, string message, TimeSpan? retryAfter = null) : Exception(message)
{
    public Refusal Refusal { get; } = refusal;

    public TimeSpan? RetryAfter { get; } = retryAfter;
}
