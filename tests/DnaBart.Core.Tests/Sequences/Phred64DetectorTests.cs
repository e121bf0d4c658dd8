using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Sequences;

public class Phred64DetectorTests
{
    [Theory]
    [InlineData('B', 'i', "from B to i")]
    [InlineData(';', 'b', "from ; to b")]
    [InlineData('#', 'K', null)]
    [InlineData('#', 'i', null)]
    [InlineData(':', 'i', null)]
    [InlineData('B', 'K', null)]
    [InlineData('B', 'j', null)]
    [InlineData('B', '~', null)]
    [InlineData('c', 'i', null)]
    [InlineData('I', 'I', null)]
    public void Qualities_of_old_software_are_known_by_their_letters(char lowest, char highest, string? message)
    {
        byte[] letters = [.. Enumerable.Range(lowest, highest - lowest + 1).Select(letter => (byte)letter)];
        var reads = letters.Select((letter, i) => new Read($"{i}", "A"u8.ToArray(), [letter])).ToList();
        var notes = new List<string>();
        var detector = new Phred64Detector(notes.Add);

        Assert.Equal(reads, detector.Watch(reads));
        Assert.Equal(reads, detector.Watch(reads));

        Assert.Equal(message is null ? 0 : 1, notes.Count);
        Assert.All(notes, note => Assert.Contains(message!, note));
    }

    [Fact]
    public void The_note_comes_while_reads_are_still_to_come()
    {
        var notes = new List<string>();
        var read = new Read("r", "AAAAAAAAAA"u8.ToArray(), "BTUVWXYZ_h"u8.ToArray());

        var first = new Phred64Detector(notes.Add).Watch(Enumerable.Repeat(read, 100_000)).Take(20_000).Count();

        Assert.Equal((20_000, 1), (first, notes.Count));
    }

    [Fact]
    public void No_reads_are_nothing_to_note() => Assert.Empty(new Phred64Detector(Assert.Fail).Watch([]));
}
