using System.Text;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Noise;
using DnaBart.Pretraining;
using DnaBart.Sequences;

namespace DnaBart.Core.Tests.Pretraining;

public sealed class GenomeWindowsTests
{
    private static PretrainingRecipe.DataPart Data(int min, int max, bool bothStrands, double holdOut = 0) => new(min, max, 1, 0, 1, bothStrands, holdOut);

    private static string Draw(GenomeWindows windows, ulong index)
    {
        var random = new CounterRandom(1, RandomStreams.Window, index);
        var buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, windows.Draw(ref random, buffer));
    }

    [Fact]
    public void WindowsKeepWithinRunsOfBasesAndSequences()
    {
        string[] sequences = ["ACGTTGCANNNNAACCGGTTACNTTTT", "ggatccgat", "AC"];
        var windows = new GenomeWindows(sequences.Select(Encoding.ASCII.GetBytes).ToList(), Data(4, 6, bothStrands: false), seed: 1);
        Assert.Equal(8 + 10 + 4 + 9, windows.Bases);
        string[] runs = ["ACGTTGCA", "AACCGGTTAC", "TTTT", "GGATCCGAT"];
        var possible = runs.SelectMany(run => Enumerable.Range(0, run.Length).SelectMany(
            start => Enumerable.Range(4, 3).Where(length => start + length <= run.Length).Select(length => run.Substring(start, length)))).ToHashSet();
        var drawn = Enumerable.Range(0, 3000).Select(i => Draw(windows, (ulong)i)).ToHashSet();
        Assert.Equal(possible.Order(), drawn.Order());
    }

    [Fact]
    public void ThoseOfRnaAreThoseOfItsDna()
    {
        using var folder = new TemporaryFolder();
        Genome Load(string bases)
        {
            File.WriteAllText(folder["g.fa"], $">g\n{bases}\n");
            return Genome.Load([folder["g.fa"]]);
        }
        var (rna, dna) = (Load("ACGUUGCANuuggccau"), Load("ACGTTGCANttggccat"));
        Assert.Equal(dna.Sha256, rna.Sha256);
        List<string> Drawn(Genome genome)
        {
            var windows = new GenomeWindows(genome.Sequences, Data(4, 6, bothStrands: true), seed: 1);
            return [.. Enumerable.Range(0, 50).Select(i => Draw(windows, (ulong)i))];
        }
        Assert.Equal(Drawn(dna), Drawn(rna));
    }

    [Fact]
    public void EveryStartIsAsLikelyAndBothStrandsCome()
    {
        var genome = Recipes.Genome(200, seed: 1);
        var text = Encoding.ASCII.GetString(genome);
        var reverse = new byte[200];
        Nucleotides.ReverseComplement(genome, reverse);
        var reverseText = Encoding.ASCII.GetString(reverse);
        var windows = new GenomeWindows([genome], Data(20, 20, bothStrands: true), seed: 1);
        var counts = new int[2, 181];
        const int n = 36_200;
        for (var i = 0; i < n; i++)
        {
            var window = Draw(windows, (ulong)i);
            var forward = text.IndexOf(window, StringComparison.Ordinal);
            if (forward >= 0)
                counts[0, forward]++;
            else
                counts[1, reverseText.IndexOf(window, StringComparison.Ordinal)]++;
        }
        // 100 draws of each start and strand are expected.
        Assert.All(counts.Cast<int>(), count => Assert.InRange(count, 50, 150));
    }

    [Fact]
    public void HeldOutBlocksAreNeverTrainedOn()
    {
        var genome = Recipes.Genome(400_000, seed: 2);
        var data = Data(40, 40, bothStrands: false, holdOut: 0.25);
        var training = new GenomeWindows([genome], data, seed: 5);
        var heldOut = new GenomeWindows([genome], data, seed: 5, heldOut: true);
        Assert.Equal(genome.Length, training.Bases + heldOut.Bases);
        Assert.InRange(heldOut.Bases, 50_000, 170_000);
        var text = Encoding.ASCII.GetString(genome);
        HashSet<int> Blocks(GenomeWindows windows) => Enumerable.Range(0, 2000)
            .Select(i => text.IndexOf(Draw(windows, (ulong)i), StringComparison.Ordinal))
            .SelectMany(start => new[] { start / GenomeWindows.BlockBases, (start + 39) / GenomeWindows.BlockBases }).ToHashSet();
        Assert.Empty(Blocks(training).Intersect(Blocks(heldOut)));
        Assert.Equal(heldOut.Bases, new GenomeWindows([genome], data, seed: 5, heldOut: true).Bases);
    }

    [Fact]
    public void SaysWhenNoWindowFits()
    {
        var genome = new[] { "ACGTNACGTNACGT"u8.ToArray() };
        Assert.Contains("no 5 A, C, G, T letters in a row",
            Assert.Throws<InputException>(() => new GenomeWindows(genome, Data(5, 5, false), 1)).Message);
        Assert.Contains("held-out part",
            Assert.Throws<InputException>(() => new GenomeWindows(genome, Data(4, 4, false), 1, heldOut: true)).Message);
    }
}
