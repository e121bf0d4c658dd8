using System.Text;
using DnaBart.IO;
using DnaBart.Sequences;
using FsCheck;
using FsCheck.Xunit;

namespace DnaBart.Core.Tests.Sequences;

/// <summary>Malformed input ends in an <see cref="InputException"/> or is read as a second, simple parser reads it; never in another
/// exception, and never in reads lost.</summary>
public sealed class FastqFuzzTests
{
    private const int Mutants = 4000;
    private const string Text = "@r1/1 x\nACGTN\n+\nIIII#\n@r2\nGG\n+r2\n@+\n@r3\n\n+\n\n@r4\nacgtuRYK\n+\n!~!~!~!~\n";
    private const string Letters = "ACGTURYSWKMBDHVNacgturyswkmbdhvn";

    /// <summary>The records as lines, or null where the file is refused.</summary>
    private static string? Read(byte[] data, int bytesPerRead)
    {
        var text = new StringBuilder();
        try
        {
            using var reader = FastqReader.Open(new DrippingStream(data, bytesPerRead), "r.fq");
            foreach (var read in reader.ReadAll())
                Append(text, read.Name, Encoding.Latin1.GetString(read.Bases), Encoding.Latin1.GetString(read.Quality));
        }
        catch (InputException e)
        {
            Assert.Matches(@"^r\.fq:\d+: ", e.Message);
            return null;
        }
        return text.ToString();
    }

    /// <summary>The format as plainly as it can be said.</summary>
    private static string? ReadPlainly(byte[] data)
    {
        var lines = Encoding.Latin1.GetString(data).Split('\n').Select(line => line.EndsWith('\r') ? line[..^1] : line).ToList();
        if (lines[^1] == "" && data is not [.., (byte)'\r'])
            lines.RemoveAt(lines.Count - 1); // what follows the last line end is no line
        var text = new StringBuilder();
        for (var i = 0; i < lines.Count; i += 4)
        {
            if (lines.Skip(i).All(line => line.Trim('\r') == ""))
                break;
            if (i + 4 > lines.Count)
                return null;
            var (name, bases, plus, quality) = (lines[i], lines[i + 1], lines[i + 2], lines[i + 3]);
            if (!name.StartsWith('@') || !plus.StartsWith('+') || (plus != "+" && plus[1..] != name[1..]) ||
                bases.Length != quality.Length || !bases.All(Letters.Contains) || !quality.All(letter => letter is >= '!' and <= '~'))
                return null;
            Append(text, name[1..], bases, quality);
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, string bases, string quality) =>
        text.Append(name).Append('|').Append(bases).Append('|').Append(quality).Append('\n');

    private static byte[] Mutate(byte[] data, Random random)
    {
        var bytes = data.ToList();
        for (var count = random.Next(1, 4); count > 0 && bytes.Count > 0; count--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 20), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] = "\n\r@+AI>"u8[random.Next(7)]; break;
                case 2: bytes.Insert(at, "\n\r@+AI>"u8[random.Next(7)]); break;
                case 3: bytes.RemoveRange(at, length); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                case 5: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }
        return [.. bytes];
    }

    [Theory]
    [InlineData("\n", 11)]
    [InlineData("\r\n", 12)]
    public void MutatedTextIsReadAsByThePlainParser(string lineEnd, int seed)
    {
        var random = new Random(seed);
        var valid = Encoding.Latin1.GetBytes(Text.Replace("\n", lineEnd));
        var refused = 0;
        for (var i = 0; i < Mutants; i++)
        {
            var mutant = Mutate(valid, random);
            var expected = ReadPlainly(mutant);
            Assert.True(expected == Read(mutant, random.Next(1, 100)), $"mutant {i}: {Convert.ToHexString(mutant)}");
            refused += expected is null ? 1 : 0;
        }
        Assert.InRange(refused, Mutants / 20, Mutants * 19 / 20); // both outcomes were tried
    }

    [Fact]
    public void MutatedGzipIsRefusedOrReadWhole()
    {
        var random = new Random(13);
        var gzip = GzipSamples.Gzip(Text);
        var expected = ReadPlainly(Encoding.Latin1.GetBytes(Text));
        for (var i = 0; i < Mutants; i++)
        {
            var mutant = Mutate(gzip, random);
            if (mutant is not [0x1f, 0x8b, ..])
                continue; // no longer gzip, so the other test's matter
            var read = Read(mutant, random.Next(1, 200));
            Assert.True(read is null || read == expected, $"mutant {i}: {Convert.ToHexString(mutant)}");
        }
    }

    [Property]
    public void WhatIsWrittenIsReadBack((byte[] Name, byte[] Bases)[] raw, PositiveInt bytesPerRead, bool gzip)
    {
        var output = new MemoryStream();
        var expected = new StringBuilder();
        using (var writer = new ReadWriter(output))
        {
            foreach (var (rawName, rawBases) in raw)
            {
                var name = Encoding.Latin1.GetString(rawName.Where(letter => letter is not (byte)'\n' and not (byte)'\r').ToArray());
                var bases = string.Concat(rawBases.Select(value => Letters[value % Letters.Length]));
                var quality = string.Concat(rawBases.Select(value => (char)('!' + value % 94)));
                writer.Write(new Read(name, Encoding.Latin1.GetBytes(bases), Encoding.Latin1.GetBytes(quality)));
                Append(expected, name, bases, quality);
            }
            writer.Commit();
        }
        var data = output.ToArray();
        Assert.Equal(expected.ToString(), Read(gzip ? GzipSamples.Gzip(data) : data, bytesPerRead.Get));
    }
}
