namespace DnaBart.Client;

/// <summary>How long something takes, for people.</summary>
internal static class Duration
{
    /// <summary>Hours, minutes and seconds, however many hours: <c>26:04:59</c>.</summary>
    public static string Text(TimeSpan time) => $"{(long)time.TotalHours}:{time:mm\\:ss}";
}
