using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using DnaBart.IO;

namespace DnaBart.Sweeps;

/// <summary>What a journal holds.</summary>
/// <param name="State">The state after its last whole record.</param>
/// <param name="Events">The events it records.</param>
/// <param name="Length">Bytes of its whole records. What is behind them was being written when its writer died, and is not part of the state.</param>
public sealed record JournalContent(SweepState State, ImmutableArray<SweepEvent> Events, long Length);

/// <summary>A sweep's memory on disk: an append-only file whose first record is the plan and whose others are the events that changed the
/// state. It survives the death of its writer at any byte.</summary>
/// <remarks>One record a line: 16 hexadecimal digits, a space, JSON. The digits begin the SHA-256 of the previous record's digits and
/// the JSON, so that a record changed, lost or moved is noticed. Each record is on the disk before its commands are carried out.</remarks>
public sealed class SweepJournal : IDisposable
{
    /// <summary>How plans, events and states are written as JSON, here and wherever else they are stored.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly FileStream stream;
    private readonly FileStream writerLock;
    private string lastChecksum;

    private SweepJournal(FileStream stream, FileStream writerLock, JournalContent content, string lastChecksum)
    {
        this.stream = stream;
        this.writerLock = writerLock;
        this.lastChecksum = lastChecksum;
        Content = content;
    }

    /// <summary>What the journal held when it was opened; a torn tail has been cut off since.</summary>
    public JournalContent Content { get; }

    /// <summary>Starts a journal, whole or not at all.</summary>
    /// <exception cref="InputException">The plan is not valid, or there is such a file already.</exception>
    public static void Create(string path, SweepPlan plan)
    {
        plan.Validate();
        if (File.Exists(path))
            throw new InputException($"{path}: there is a sweep already; resume it, or choose another folder");
        AtomicFile.WriteAllText(path, Line("", JsonSerializer.Serialize(plan, Json), out _));
    }

    /// <summary>Reads a journal without changing it, also while it is being written.</summary>
    /// <exception cref="InputException">It cannot be read, or a record before the last is corrupt.</exception>
    public static JournalContent Read(string path)
    {
        using var stream = Open(path, FileAccess.Read);
        return Parse(stream, path, out _);
    }

    /// <summary>Opens a journal to append to, and cuts a torn tail off.</summary>
    /// <exception cref="InputException">As <see cref="Read"/>, or another process has it open.</exception>
    public static SweepJournal Open(string path)
    {
        var stream = Open(path, FileAccess.ReadWrite);
        FileStream? writerLock = null;
        try
        {
            // A file of its own, because .NET's exclusive lock would keep readers out as well.
            writerLock = LockFile.Take(path + ".lock", $"{path}: another process runs this sweep");
            var content = Parse(stream, path, out var lastChecksum);
            stream.SetLength(content.Length);
            stream.Seek(0, SeekOrigin.End);
            return new SweepJournal(stream, writerLock, content, lastChecksum);
        }
        catch
        {
            writerLock?.Dispose();
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Appends an event; on return it is on the disk.</summary>
    public void Append(SweepEvent happened)
    {
        stream.Write(Encoding.UTF8.GetBytes(Line(lastChecksum, JsonSerializer.Serialize(happened, Json), out lastChecksum)));
        stream.Flush(flushToDisk: true);
    }

    public void Dispose()
    {
        stream.Dispose();
        writerLock.Dispose();
    }

    private static FileStream Open(string path, FileAccess access)
    {
        try
        {
            return new FileStream(path, FileMode.Open, access, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: no such sweep; `dnabart sweep plan` starts one", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be opened ({e.Message})", e);
        }
    }

    private static JournalContent Parse(FileStream stream, string path, out string lastChecksum)
    {
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var events = ImmutableArray.CreateBuilder<SweepEvent>();
        SweepState? state = null;
        lastChecksum = "";
        var start = 0;
        for (var record = 1; start < bytes.Length; record++)
        {
            var end = Array.IndexOf(bytes, (byte)'\n', start);
            if (end < 0 || Body(bytes.AsSpan(start, end - start), lastChecksum, out var checksum) is not { } body)
            {
                if (end >= 0 && end + 1 < bytes.Length)
                    throw InputException.At(path, record, "the record is corrupt, and others follow: restore the file from a copy");
                break;
            }
            if (state is null)
            {
                state = SweepState.Initial(JsonSerializer.Deserialize<SweepPlan>(body, Json)!);
            }
            else
            {
                events.Add(JsonSerializer.Deserialize<SweepEvent>(body, Json)!);
                state = SweepMachine.Apply(state, events[^1]).State;
            }
            lastChecksum = checksum;
            start = end + 1;
        }
        if (state is null)
            throw InputException.At(path, 1, "the plan is not whole, so nothing has run: delete the file and plan anew");
        return new JournalContent(state, events.ToImmutable(), start);
    }

    /// <summary>The JSON of a line whose checksum holds; null otherwise.</summary>
    private static string? Body(ReadOnlySpan<byte> line, string previous, out string checksum)
    {
        checksum = "";
        if (line.Length < 17)
            return null;
        var text = Encoding.UTF8.GetString(line);
        var body = text[17..];
        checksum = Checksum(previous, body);
        return text.StartsWith(checksum + " ", StringComparison.Ordinal) ? body : null;
    }

    private static string Line(string previous, string body, out string checksum) => $"{checksum = Checksum(previous, body)} {body}\n";

    private static string Checksum(string previous, string body) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(previous + body)).AsSpan(0, 8));
}
