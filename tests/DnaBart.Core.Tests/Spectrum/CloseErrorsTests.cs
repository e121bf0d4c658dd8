using DnaBart.Sequences;
using DnaBart.Simulation;
using DnaBart.Spectrum;
using static DnaBart.Core.Tests.Spectrum.SpectrumReads;

namespace DnaBart.Core.Tests.Spectrum;

/// <summary>Errors that no k-mer holds one of alone: they are looked for together.</summary>
public class CloseErrorsTests
{
    /// <summary>Each alone leaves the k-mers that hold the other without support.</summary>
    [Theory]
    [InlineData(59, 60)]
    [InlineData(39, 52)]
    [InlineData(0, 24)]
    [InlineData(110, 118, 124)]
    [InlineData(130, 147)]
    public void Errors_of_good_quality_close_together_are_put_right(params int[] errors)
    {
        var reads = Simulate(Sars, "hiseq", 30, seed: 15).Select(read => read.Read).ToList();
        var truth = Sars.Bases[1000..1150];
        reads.Add(Damaged(truth, errors, quality: 34));

        Assert.Equal(truth, CorrectAll(reads, threads: 2)[^1]);
    }

    /// <summary>As where a sequencer is sure of nothing. Which of two copies goes on at the first error only the base behind the last one tells.</summary>
    [Fact]
    public void Errors_of_low_quality_are_put_right_together_where_one_alone_may_be_either_copys()
    {
        var copy = Sars.Bases[5000..5400];
        int[] errors = [9, 16, 23, 29];
        var (first, before) = (125 + errors[^1], 125 + 4);
        copy[first] = Other(copy[first]);
        copy[before] = Other(copy[before]);
        var genome = new GenomeSequence("copies", [.. Sars.Bases[..10_000], .. copy, .. Sars.Bases[10_000..12_000]]);
        var reads = Simulate(genome, "hiseq", 30, seed: 16).Select(read => read.Read).ToList();
        var truth = genome.Bases[5125..5275];
        var read = Damaged(truth, errors, quality: 38);
        foreach (var error in errors)
            read.Quality[error] = 33 + 2;
        read.Bases[errors[^1]] = "ACGT"u8.ToArray().First(letter => letter != truth[errors[^1]] && letter != copy[first]);
        reads.Add(read);

        Assert.Equal(truth, CorrectAll(reads, threads: 2)[^1]);
    }

    /// <summary>Searched as a whole, with all of it looked at again after each change, a long read took minutes.</summary>
    [Fact]
    public void A_long_read_costs_no_more_than_as_many_bases_of_short_ones()
    {
        var genome = new GenomeSequence("random", RandomBases(200_000, 0.5));
        var spectrum = KmerSpectrum.CountByDepth(
            Simulate(genome, "hiseq", 15, seed: 1).Select(read => read.Read), KmerSpectrum.DefaultK, paired: false, threads: 2);
        // Two errors close together are looked for together; seven are too many, and their places are looked at in vain each time.
        int[] pairs = [.. Enumerable.Range(1, 1900).SelectMany(i => new[] { 100 * i, (100 * i) + 8 })];
        int[] tooMany = [.. Enumerable.Range(1, 190).SelectMany(i => Enumerable.Range(0, 7).Select(j => (1000 * i) + 45 + (3 * j)))];
        var whole = Damaged(genome.Bases, [.. pairs, .. tooMany], quality: 20);
        var corrector = spectrum.CreateCorrector(KmerSpectrum.DefaultMargin, indels: false);
        var start = ThreadTime.Now;
        foreach (var piece in whole.Bases.Chunk(4000))
            corrector.Correct(new Read("piece", piece, whole.Quality[..piece.Length]));
        var afterPieces = ThreadTime.Now;

        var corrected = corrector.Correct(whole);

        Assert.InRange((ThreadTime.Now - afterPieces) / (afterPieces - start), 0, 4);
        Assert.InRange(pairs.Count(position => corrected.Bases[position] == genome.Bases[position]), 3600, pairs.Length);
    }

    private static Read Damaged(byte[] truth, int[] errors, int quality) => new(
        "damaged",
        [.. truth.Select((letter, i) => errors.Contains(i) ? Other(letter) : letter)],
        [.. Enumerable.Repeat((byte)(33 + quality), truth.Length)]);
}
