using System.Text;

namespace DnaBart.Sequences;

/// <summary>Shows bytes of an input file in a message: short, and without control characters that would upset a terminal.</summary>
internal static class InputText
{
    private const int Longest = 30;

    public static string Show(byte value) => value is >= 0x20 and < 0x7f ? $"'{(char)value}'" : $"byte 0x{value:x2}";

    public static string Show(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
            return "an empty line";
        var text = new StringBuilder("'");
        foreach (var value in line[..Math.Min(line.Length, Longest)])
            text.Append(value is >= 0x20 and < 0x7f ? (char)value : '?');
        return text.Append(line.Length > Longest ? "...'" : "'").ToString();
    }
}
