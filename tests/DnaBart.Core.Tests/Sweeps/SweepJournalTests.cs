using System.Text;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Sweeps;

namespace DnaBart.Core.Tests.Sweeps;

public sealed class SweepJournalTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string JournalPath => folder["sweep.journal"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void CutAtEveryByteItResumesToTheSameTable()
    {
        var (whole, expected) = WriteWhole();
        var headerLength = Array.IndexOf(whole, (byte)'\n') + 1;
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(JournalPath, whole[..length]);
            if (length < headerLength)
            {
                Assert.Throws<InputException>(() => SweepJournal.Open(JournalPath));
                continue;
            }
            using var journal = SweepJournal.Open(JournalPath);
            var lineStart = Array.LastIndexOf(whole, (byte)'\n', length - 1) + 1;
            Assert.Equal((lineStart, lineStart), (journal.Content.Length, new FileInfo(JournalPath).Length));
            Assert.Equal(expected, SweepFixture.Table(SweepFixture.RunUndisturbed(journal.Content.State)));
            // Appending after the cut gives a whole journal again; at some cuts only, for the disk's sake.
            if (length % 211 == 0)
            {
                SweepFixture.RunUndisturbed(journal.Content.State, journal.Append);
                var again = SweepJournal.Read(JournalPath);
                Assert.Equal((expected, new FileInfo(JournalPath).Length), (SweepFixture.Table(again.State), again.Length));
            }
        }
    }

    [Fact]
    public void AChangedByteBeforeTheLastRecordIsAnError()
    {
        var (whole, _) = WriteWhole();
        var lastRecord = Array.LastIndexOf(whole, (byte)'\n', whole.Length - 2) + 1;
        for (var i = 0; i < whole.Length; i += 3)
        {
            var damaged = (byte[])whole.Clone();
            damaged[i] ^= 1;
            File.WriteAllBytes(JournalPath, damaged);
            if (i < lastRecord)
                Assert.Throws<InputException>(() => SweepJournal.Read(JournalPath));
            else
                Assert.Equal(lastRecord, SweepJournal.Read(JournalPath).Length);
        }
    }

    [Fact]
    public void ALostOrMovedRecordIsAnError()
    {
        WriteWhole();
        var lines = File.ReadAllLines(JournalPath);
        File.WriteAllLines(JournalPath, [lines[0], .. lines[2..]]);
        Assert.StartsWith($"{JournalPath}:2:", Assert.Throws<InputException>(() => SweepJournal.Read(JournalPath)).Message);
        File.WriteAllLines(JournalPath, [lines[0], lines[2], lines[1], .. lines[3..]]);
        Assert.Throws<InputException>(() => SweepJournal.Read(JournalPath));
    }

    [Fact]
    public void OneProcessAtATimeMayWriteWhileOthersRead()
    {
        SweepJournal.Create(JournalPath, SweepFixture.Plan(halving: false));
        using var journal = SweepJournal.Open(JournalPath);
        journal.Append(new SlotOffered(SweepFixture.Start, "gpu0"));
        Assert.Contains("another process", Assert.Throws<InputException>(() => SweepJournal.Open(JournalPath)).Message);
        Assert.Equal(TrialStatus.Running, SweepJournal.Read(JournalPath).State.Trials[0].Status);
        Assert.Throws<InputException>(() => SweepJournal.Create(JournalPath, SweepFixture.Plan(halving: false)));
        Assert.Throws<InputException>(() => SweepJournal.Read(folder["none"]));
    }

    private (byte[] Bytes, string Table) WriteWhole()
    {
        SweepJournal.Create(JournalPath, SweepFixture.Plan(halving: true) with { Tasks = ["tf/0"] });
        SweepState end;
        using (var journal = SweepJournal.Open(JournalPath))
            end = SweepFixture.RunUndisturbed(journal.Content.State, journal.Append);
        Assert.True(end.IsOver);
        var bytes = File.ReadAllBytes(JournalPath);
        Assert.InRange(Encoding.UTF8.GetString(bytes).Split('\n').Length, 8, 40);
        return (bytes, SweepFixture.Table(end));
    }
}
