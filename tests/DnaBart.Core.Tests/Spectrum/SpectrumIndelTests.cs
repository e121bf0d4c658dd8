using DnaBart.Sequences;
using DnaBart.Simulation;
using static DnaBart.Core.Tests.Spectrum.SpectrumReads;

namespace DnaBart.Core.Tests.Spectrum;

public class SpectrumIndelTests
{
    /// <summary>A base that is missing shifts all behind it: put "right" one by one, the read would keep its length and lose its end.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(90)]
    public void What_lies_behind_a_deletion_is_not_rewritten(int deleted)
    {
        var reads = Simulate(Sars, "hiseq", 30, seed: 6).Select(read => read.Read).ToList();
        byte[] shifted = [.. Sars.Bases[1000..(1000 + deleted)], .. Sars.Bases[(1001 + deleted)..1101]];
        reads.Add(new Read("shifted", shifted, [.. Enumerable.Repeat((byte)(33 + 38), 100)]));

        var differing = CorrectAll(reads, threads: 2)[^1].Zip(shifted).Count(pair => pair.First != pair.Second);

        Assert.InRange(differing, 0, 1);
    }

    [Fact]
    public void Insertions_and_deletions_are_put_right_where_asked_for()
    {
        var reads = Simulate(Sars, "uniform:0.005,indel", 30, seed: 12);
        var kept = CorrectAll([.. reads.Select(read => read.Read)], threads: 2);
        var edited = CorrectAll([.. reads.Select(read => read.Read)], threads: 2, indels: true);

        int Perfect(List<byte[]> corrected) => corrected.Zip(reads).Count(pair => pair.First.AsSpan().SequenceEqual(pair.Second.Truth.Bases));
        Assert.All(kept.Zip(reads), pair => Assert.Equal(pair.Second.Read.Bases.Length, pair.First.Length));
        Assert.True(Perfect(kept) < 0.8 * reads.Count && Perfect(edited) > 0.96 * reads.Count,
            $"{Perfect(kept)} perfect without, {Perfect(edited)} with, of {reads.Count}");
    }

    [Fact]
    public void In_shallow_data_one_other_read_may_show_a_missing_base()
    {
        var reads = Simulate(Sars, "uniform:0.005,indel", 4, seed: 15);

        var corrected = CorrectAll([.. reads.Select(read => read.Read)], threads: 2, indels: true);

        var ofOtherLength = Enumerable.Range(0, reads.Count).Where(r => reads[r].Read.Bases.Length != reads[r].Truth.Bases.Length).ToList();
        var right = ofOtherLength.Count(r => corrected[r].AsSpan().SequenceEqual(reads[r].Truth.Bases));
        Assert.True(right > 0.68 * ofOtherLength.Count, $"{right} of {ofOtherLength.Count} reads with insertions or deletions made perfect");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(8)]
    public void Several_bases_missing_or_too_many_in_one_place_are_put_right(int bases)
    {
        var reads = Simulate(Sars, "hiseq", 30, seed: 14).Select(read => read.Read).ToList();
        var truth = Sars.Bases[1000..1150];
        for (var place = 30; place <= 110; place += 40)
        {
            Add([.. truth[..place], .. truth[(place + bases)..]]);
            Add([.. truth[..place], .. RandomBases(bases, 0.5), .. truth[place..]]);
        }

        Assert.All(CorrectAll(reads, threads: 2, indels: true)[^6..], corrected => Assert.Equal(truth, corrected));

        void Add(byte[] damaged) => reads.Add(new Read($"damaged{reads.Count}", damaged, [.. Enumerable.Repeat((byte)(33 + 38), damaged.Length)]));
    }

    /// <summary>With the other error standing, no single edit gives all k-mers over a place support.</summary>
    [Theory]
    [InlineData(70, 71)]
    [InlineData(70, 74)]
    [InlineData(70, 85)]
    [InlineData(40, 52)]
    [InlineData(100, 119)]
    public void Insertions_and_deletions_close_to_other_errors_are_put_right(int first, int second)
    {
        var reads = Simulate(Sars, "hiseq", 30, seed: 14).Select(read => read.Read).ToList();
        // Each in its own place, so that no error is in two reads.
        byte[][] truths = [Sars.Bases[1000..1150], Sars.Bases[3000..3150], Sars.Bases[5000..5150]];
        Add(0, truth => [.. truth[..first], .. truth[(first + 1)..second], Other(truth[second]), .. truth[(second + 1)..]]);
        Add(1, truth => [.. truth[..first], Other(truth[first]), .. truth[(first + 1)..second], .. truth[(second + 1)..]]);
        Add(2, truth => [.. truth[..first], Other(truth[first]), .. truth[first..second], Other(truth[second]), .. truth[(second + 1)..]]);

        Assert.Equal(truths, CorrectAll(reads, threads: 2, indels: true)[^3..]);

        void Add(int number, Func<byte[], byte[]> damage)
        {
            var damaged = damage(truths[number]);
            reads.Add(new Read($"damaged{number}", damaged, [.. Enumerable.Repeat((byte)(33 + 25), damaged.Length)]));
        }
    }

    /// <summary>A majority vote would take them for errors: the strain is in every tenth read.</summary>
    [Fact]
    public void A_strain_in_few_of_the_reads_keeps_its_insertions_and_deletions()
    {
        var strain = new Strain(0, 0.002, seed: 8).Mutate(new FastaSequence("s", Sars.Bases), 0, []);
        List<SimulatedRead> reads = [.. Simulate(Sars, "hiseq", 90, seed: 9), .. Simulate(strain, "hiseq", 10, seed: 10)];

        var corrected = CorrectAll([.. reads.Select(read => read.Read)], threads: 2, indels: true);

        var changed = Enumerable.Range(0, reads.Count).Count(r => corrected[r].Length != reads[r].Truth.Bases.Length);
        // Of about 600 that show one.
        Assert.InRange(changed, 0, 30);
    }

    /// <summary>Nothing is an insertion or deletion here; errors close together at the end of one read in some hundred may look like one.</summary>
    [Theory]
    [InlineData("hiseq", 30)]
    [InlineData("miseq", 5)]
    [InlineData("miseq", 0.5)]
    public void No_insertion_or_deletion_is_made_up(string profile, double coverage)
    {
        var reads = Simulate(Sars, profile, coverage, seed: 13).Select(read => read.Read).ToList();

        Assert.InRange(CorrectAll(reads, threads: 2, indels: true).Zip(reads).Count(pair => pair.Second.Bases.Length != pair.First.Length), 0, 1);
    }
}
