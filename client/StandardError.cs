using DnaBart.IO;

namespace DnaBart.Client;

/// <summary>Standard error, for messages. Where they cannot be written (a log on a full disk, a closed descriptor) they are lost, and not the work that they are about.</summary>
internal sealed class StandardError : WriteOnlyStream
{
    private readonly Stream descriptor = Console.OpenStandardError();

    private StandardError()
    {
    }

    /// <summary>Has <see cref="Console.Error"/> write so.</summary>
    public static void Use() => Console.SetError(new StreamWriter(new StandardError(), Console.Error.Encoding) { AutoFlush = true });

    public override void Write(byte[] buffer, int offset, int count)
    {
        try
        {
            descriptor.Write(buffer, offset, count);
        }
        // .NET takes a descriptor that is not open for one without permission.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
