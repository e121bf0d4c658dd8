using System.IO.Compression;
using System.Text;

namespace DnaBart.Core.Tests.Sequences;

/// <summary>Builds compressed inputs.</summary>
internal static class GzipSamples
{
    /// <summary>A member that holds nothing, as gzip makes it of an empty file.</summary>
    public static byte[] EmptyMember { get; } = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public static byte[] Gzip(string text) => Gzip(Encoding.Latin1.GetBytes(text));

    public static byte[] Gzip(byte[] data)
    {
        var member = new MemoryStream();
        using (var gzip = new GZipStream(member, CompressionLevel.Optimal))
            gzip.Write(data);
        return member.ToArray();
    }

    /// <summary>FASTQ of <paramref name="count"/> random reads, enough to span several blocks of any buffer.</summary>
    public static string Fastq(int count, int seed, string lineEnd = "\n")
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            var length = random.Next(1, 300);
            text.Append("@read").Append(i).Append(" sample").Append(lineEnd);
            for (var b = 0; b < length; b++)
                text.Append("ACGTNacgtn"[random.Next(10)]);
            text.Append(lineEnd).Append('+').Append(lineEnd);
            for (var b = 0; b < length; b++)
                text.Append((char)random.Next('!', '~' + 1));
            text.Append(lineEnd);
        }
        return text.ToString();
    }
}
