namespace DnaBart.Sequences;

/// <summary>Reads a text file line by line, each in one piece of memory.</summary>
internal sealed class LineReader(InputBlock block)
{
    /// <summary>The number of the line that was read last, from 1; 0 before the first.</summary>
    public long Line { get; private set; }

    /// <summary>Reads a line without its line end, LF or CRLF; it is valid until the next call. The last line may lack a line end.</summary>
    public bool TryRead(out ReadOnlySpan<byte> text)
    {
        int length;
        while ((length = block.Unread.IndexOf((byte)'\n')) < 0 && block.RefillToLineEnd(Line + 1))
        {
        }
        text = length < 0 ? block.Unread : block.Unread[..length];
        if (length < 0 && text.IsEmpty)
            return false;
        block.Advance(length < 0 ? text.Length : length + 1);
        Line++;
        if (text is [.., (byte)'\r'])
            text = text[..^1];
        return true;
    }
}
