using DnaBart.Core.Tests.Sequences;
using DnaBart.Fixtures;
using DnaBart.Sequences;
using DnaBart.Simulation;
using DnaBart.Spectrum;
using static DnaBart.Core.Tests.Spectrum.SpectrumReads;

namespace DnaBart.Core.Tests.Spectrum;

public class SpectrumCorrectorTests
{
    [Theory]
    [InlineData("hiseq", 30, 0.99)]
    [InlineData("miseq", 30, 0.98)]
    [InlineData("uniform:0.01", 30, 0.98)]
    [InlineData("hiseq", 5, 0.90)]
    [InlineData("miseq", 5, 0.90)]
    [InlineData("hiseq", 2, 0.55)]
    [InlineData("hiseq", 1, 0.3)]
    public void Gains_what_the_coverage_allows(string profile, double coverage, double least)
    {
        var outcome = Correct(Simulate(Sars, profile, coverage, seed: 1));

        Assert.InRange(outcome.Gain, least, 1);
        Assert.InRange(outcome.Precision, 0.9, 1);
    }

    /// <summary>As of reads that were FASTA, or never had any.</summary>
    [Theory]
    [InlineData('!')]
    [InlineData('#')]
    public void Where_no_quality_is_known_other_reads_decide(char letter)
    {
        var reads = Simulate(Sars, "uniform:0.01", 20, seed: 1);

        var outcome = Correct([.. reads.Select(read => read with { Read = read.Read with { Quality = [.. read.Read.Quality.Select(_ => (byte)letter)] } })]);

        Assert.InRange(outcome.Gain, 0.95, 1);
    }

    /// <summary>As seqtk and others write them for FASTA. Where few reads lie, each base taken for doubtful made more of them wrong than right.</summary>
    [Theory]
    [InlineData('#')]
    [InlineData('?')]
    public void Never_makes_a_set_worse_whose_qualities_are_alike(char letter)
    {
        var copies = Enumerable.Range(0, 4).SelectMany(copy => new Strain(0.05, 0, seed: (ulong)copy).Mutate(new FastaSequence("s", Sars.Bases[..15_000]), 0, []).Bases);
        var reads = Simulate(new GenomeSequence("copies", [.. copies, .. RandomBases(120_000, 0.38)]), "hiseq", 1, seed: 1).Select(read =>
            read with { Read = read.Read with { Quality = [.. read.Read.Quality.Select(_ => (byte)letter)] } });

        Assert.InRange(Correct([.. reads]).Gain, 0, 1);
    }

    [Theory]
    [InlineData("hiseq", 0.1)]
    [InlineData("miseq", 0.1)]
    [InlineData("hiseq", 0.5)]
    [InlineData("miseq", 1)]
    [InlineData("uniform:0.05", 1)]
    [InlineData("uniform:0.001", 0.5)]
    [InlineData("uniform:0.001", 15)]
    public void Never_makes_a_set_worse(string profile, double coverage)
    {
        for (var seed = 2UL; seed < 6; seed++)
            Assert.InRange(Correct(Simulate(Sars, profile, coverage, seed)).Gain, 0, 1);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(20)]
    public void Leaves_error_free_reads_alone_whatever_their_qualities(double coverage)
    {
        var reads = Simulate(Sars, "miseq", coverage, seed: 7).Select(read => read with { Read = read.Read with { Bases = read.Truth.Bases } });

        Assert.Equal(0, Correct([.. reads]).Changed);
    }

    /// <summary>Where few reads lie, a copy that differs by some percent looks like a correction of each base of low quality.</summary>
    [Fact]
    public void Leaves_error_free_reads_of_repeats_nearly_all_alone_whatever_their_qualities()
    {
        var copy = new Strain(0.03, 0, seed: 3).Mutate(new FastaSequence("s", Sars.Bases[..6000]), 0, []);
        var genome = new GenomeSequence("repeats", [.. Sars.Bases, .. copy.Bases]);
        var changed = 0;
        for (var seed = 12UL; seed < 18; seed++)
            changed += Correct([.. Simulate(genome, "miseq", 1, seed).Select(read => read with { Read = read.Read with { Bases = read.Truth.Bases } })]).Changed;

        // Of 200,000 bases. With each letter's rate taken for itself, eleven were changed with the first seed alone.
        Assert.InRange(changed, 0, 12);
    }

    /// <summary>Of elements that jump about a genome many copies cover each base; what only the read's own has, other reads of few do not show.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Leaves_error_free_reads_of_many_near_copies_alone(double coverage)
    {
        var element = new FastaSequence("e", RandomBases(6000, 0.38));
        var copies = Enumerable.Range(0, 30).SelectMany(copy => new Strain(0.005, 0, seed: (ulong)copy).Mutate(element, 0, []).Bases);
        var genome = new GenomeSequence("elements", [.. copies, .. RandomBases(2_000_000, 0.4)]);
        var reads = Simulate(genome, "hiseq", coverage, seed: 3).Select(read => read with { Read = read.Read with { Bases = read.Truth.Bases } });

        // 431 and 48 before it was learned how often a repeat has such bases.
        Assert.InRange(Correct([.. reads]).Changed, 0, 5);
    }

    /// <summary>Where a place is covered once or twice, the few errors that other reads can prove are no measure of the best letters.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Believes_honest_qualities_at_any_coverage(double coverage)
    {
        var genome = new GenomeSequence("random", RandomBases(200_000, 0.4));
        var reads = Simulate(genome, "hiseq", coverage, seed: 4).Select(read => read.Read).ToArray();
        var corrector = KmerSpectrum.Count(reads, KmerSpectrum.DefaultK, paired: false, threads: 1).CreateCorrector(KmerSpectrum.DefaultMargin, indels: false);
        var common = reads.SelectMany(read => read.Quality).GroupBy(letter => letter).Where(group => group.Count() > 2000).Select(group => group.Key);

        Assert.All(common, letter => Assert.Equal(Phred.LogOddsOfOther(letter), corrector.LogOddsOfOther(letter), 1.0));
    }

    [Theory]
    [InlineData(0.66)]
    [InlineData(0.19)]
    [InlineData(0.5)]
    public void Corrects_genomes_of_any_composition(double gc)
    {
        var genome = new GenomeSequence("random", RandomBases(20_000, gc));

        Assert.InRange(Correct(Simulate(genome, "hiseq", 20, seed: 3)).Gain, 0.97, 1);
        Assert.InRange(Correct(Simulate(genome, "hiseq", 0.3, seed: 3)).Gain, 0, 1);
    }

    /// <summary>Mates that overlap show what copying did to their molecule twice; other molecules know better.</summary>
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 2)]
    public void What_both_mates_show_is_evidence_once(bool paired, int left)
    {
        var genome = RandomBases(150, 0.5);
        var quality = Enumerable.Repeat((byte)(33 + 38), genome.Length).ToArray();
        byte[] copied = [.. genome];
        copied[70] = Partner.Of(copied[70]);
        var reads = new List<Read>();
        for (var i = 0; i < 10; i++)
        {
            var bases = i == 4 ? copied : genome;
            var mate = new byte[bases.Length];
            Nucleotides.ReverseComplement(bases, mate);
            reads.AddRange([new Read($"{i}/1", [.. bases], quality), new Read($"{i}/2", mate, quality)]);
        }
        var wrong = 0;
        var spectrum = KmerSpectrum.CountByDepth(reads, KmerSpectrum.DefaultK, paired, threads: 1);
        spectrum.Correct(
            reads, read => wrong += read.Bases.SequenceEqual(reads[read.Read.Name.EndsWith('1') ? 0 : 1].Bases) ? 0 : 1, KmerSpectrum.DefaultMargin, indels: false, threads: 1);

        Assert.Equal(left, wrong);
    }

    [Fact]
    public void Two_strains_in_one_sample_both_keep_their_variants()
    {
        var variants = new List<Variant>();
        var strain = new Strain(0.005, 0, seed: 8).Mutate(new FastaSequence("s", Sars.Bases), 0, variants);
        List<SimulatedRead> reads = [.. Simulate(Sars, "hiseq", 20, seed: 9), .. Simulate(strain, "hiseq", 20, seed: 10)];

        var outcome = Correct(reads);

        Assert.InRange(outcome.Gain, 0.97, 1);
        // 0.5 % of about 600,000 bases of each strain differ from the other: all but a few would be overwritten by a majority vote.
        Assert.InRange(outcome.MadeWrong, 0, 10);
    }

    [Fact]
    public void Random_reads_stay_as_they_are()
    {
        var reads = Simulate(new GenomeSequence("random", RandomBases(2_000_000, 0.5)), "miseq", 0.05, seed: 4);

        Assert.InRange(Correct(reads).MadeWrong, 0, 1);
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        var reads = Simulate(Sars, "miseq", 15, seed: 5).Select(read => read.Read).ToList();

        Assert.Equal(CorrectAll(reads, threads: 1), CorrectAll(reads, threads: 4));
    }

    [Fact]
    public void Lower_case_stays_N_is_left_alone_and_short_reads_pass()
    {
        var reads = Simulate(Sars, "hiseq", 30, seed: 6).Select(read => read.Read).ToList();
        var genome = Sars.Bases;
        byte[] damaged = [.. genome[1000..1100].Select(letter => (byte)(letter | 0x20))];
        damaged[30] = (byte)(damaged[30] == 'a' ? 'c' : 'a');
        damaged[60] = (byte)'N';
        byte[] expected = [.. damaged];
        expected[30] = (byte)(genome[1030] | 0x20);
        reads.Add(new Read("masked", damaged, [.. Enumerable.Repeat((byte)'+', 100)]));
        reads.Add(new Read("short", "ACGT"u8.ToArray(), "IIII"u8.ToArray()));
        reads.Add(new Read("empty", [], []));

        var corrected = CorrectAll(reads, threads: 2);

        Assert.Equal(expected, corrected[^3]);
        Assert.Equal("ACGT"u8.ToArray(), corrected[^2]);
        Assert.Empty(corrected[^1]);
    }

    /// <summary>Two copies differ in two bases. A read with one base of each is of either copy, with an error in the one place or the other.</summary>
    [Theory]
    [InlineData(38, false)]
    [InlineData(10, true)]
    public void A_read_between_two_copies_is_changed_only_where_its_qualities_tell(int quality, bool changes)
    {
        var copy = Sars.Bases[5000..5400];
        copy[200] = Other(copy[200]);
        copy[212] = Other(copy[212]);
        var genome = new GenomeSequence("copies", [.. Sars.Bases[..10_000], .. copy, .. Sars.Bases[10_000..12_000]]);
        var reads = Simulate(genome, "hiseq", 30, seed: 16).Select(read => read.Read).ToList();
        var truth = genome.Bases[5125..5275];
        byte[] between = [.. truth[..75], copy[200], .. truth[76..]];
        var letters = Enumerable.Repeat((byte)(33 + 38), truth.Length).ToArray();
        letters[75] = (byte)(33 + quality);
        reads.Add(new Read("between", between, letters));

        Assert.Equal(changes ? truth : between, CorrectAll(reads, threads: 2)[^1]);
    }

    /// <summary>In the last k-mers before a repeat some copy of it stands behind nearly any base.</summary>
    [Fact]
    public void Repeats_of_many_copies_cost_little()
    {
        var repeat = Sars.Bases[20_000..20_100];
        byte[] bases = [.. Enumerable.Range(0, 60).SelectMany(i => (byte[])[.. Sars.Bases[(300 * i)..(300 * (i + 1))], .. repeat])];

        var outcome = Correct(Simulate(new GenomeSequence("repeats", bases), "hiseq", 30, seed: 17));

        Assert.InRange(outcome.Gain, 0.99, 1);
        Assert.InRange(outcome.MadeWrong, 0, 1);
    }

    [Fact]
    public void Evidence_speaks_for_the_base_that_other_reads_have()
    {
        var reads = Simulate(Sars, "hiseq", 30, seed: 6).Select(read => read.Read).ToList();
        var evidence = KmerSpectrum.Count(reads, KmerSpectrum.DefaultK, paired: false, threads: 2).CreateCorrector(KmerSpectrum.DefaultMargin, indels: false).Evidence;
        byte[] bases = [.. Sars.Bases[2000..2100]];
        var quality = Enumerable.Repeat((byte)'I', 100).ToArray();
        var truth = Nucleotides.Code(bases[50]);
        var wrong = (truth + 1) & 3;

        evidence.Load(bases, quality);
        Assert.True(evidence.IsTrusted(50));
        Assert.InRange(evidence.LogRatio(50, wrong), double.NegativeInfinity, -8);
        Assert.Equal(0, evidence.LogRatio(50, truth));

        evidence.Replace(50, wrong);
        Assert.False(evidence.IsTrusted(50));
        Assert.InRange(evidence.LogRatio(50, truth), 8, double.PositiveInfinity);
    }

    [Fact]
    public void Error_rates_are_learned_where_qualities_are_made_up()
    {
        var reads = Simulate(Sars, "hiseq", 30, seed: 11)
            .Select(read => read with { Read = read.Read with { Quality = [.. Enumerable.Repeat((byte)'I', 150)] } }).ToList();

        var corrector = KmerSpectrum.Count(reads.Select(read => read.Read), KmerSpectrum.DefaultK, paired: false, threads: 2)
            .CreateCorrector(KmerSpectrum.DefaultMargin, indels: false);

        var chance = 3 * Math.Exp(corrector.LogOddsOfOther((byte)'I'));
        Assert.InRange(chance, 0.00167 / 1.5, 0.00167 * 1.5);
        Assert.InRange(Correct(reads).Gain, 0.85, 1);
    }

    [SkippableFact]
    public void Corrects_a_genome_of_19_percent_GC()
    {
        var genome = Load(SharedData.Require("data/genomes/P_falciparum_genome_1.fa.gz"));
        var slice = new GenomeSequence("slice", genome.Bases[100_000..150_000]);

        Assert.InRange(Correct(Simulate(slice, "hiseq", 20, seed: 3)).Gain, 0.9, 1);
        Assert.InRange(Correct(Simulate(slice, "hiseq", 1, seed: 3)).Gain, 0, 1);
    }
}
