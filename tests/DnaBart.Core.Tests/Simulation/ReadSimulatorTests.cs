using System.Text;
using DnaBart.IO;
using DnaBart.Noise;
using DnaBart.Sequences;
using DnaBart.Simulation;

namespace DnaBart.Core.Tests.Simulation;

public class ReadSimulatorTests
{
    private static readonly GenomeSequence Random30k = new("random", RandomBases(30_000));

    [Theory]
    // The published figures of ART's profiles: error rate, share of perfect reads.
    [InlineData("hiseq", 0.00167, 0.779)]
    [InlineData("miseq", 0.0160, 0.014)]
    public void Profiles_have_the_error_rates_they_are_fitted_to(string name, double rate, double perfect)
    {
        var profile = SequencingProfile.Parse(name);
        var reads = Simulate(profile, 10_000);

        var errors = reads.Sum(read => (double)Differences(read));
        Assert.InRange(errors / reads.Sum(read => read.Read.Bases.Length), 0.95 * rate, 1.05 * rate);
        Assert.InRange(reads.Count(read => Differences(read) == 0) / (double)reads.Count, perfect - 0.015, perfect + 0.015);
    }

    [Fact]
    public void Qualities_mean_what_they_say()
    {
        var (errors, bases) = (new double[94], new double[94]);
        foreach (var (read, truth) in Simulate(SequencingProfile.MiSeq, 10_000))
        {
            for (var i = 0; i < read.Bases.Length; i++)
            {
                bases[read.Quality[i] - 33]++;
                errors[read.Quality[i] - 33] += read.Bases[i] == truth.Bases[i] ? 0 : 1;
            }
        }
        foreach (var quality in new[] { 5, 10, 15, 20, 25, 30, 35 })
        {
            var expected = bases[quality] * Math.Pow(10, -quality / 10.0);
            Assert.InRange(errors[quality], expected - 5 * Math.Sqrt(expected), expected + 5 * Math.Sqrt(expected));
        }
    }

    [Fact]
    public void Truth_is_the_genome_at_the_place_in_the_name()
    {
        var strands = new int[2];
        foreach (var (_, truth) in Simulate(SequencingProfile.HiSeq, 500))
        {
            var place = truth.Name.Split(' ')[1].Split(':');
            var expected = Random30k.Bases.AsSpan(int.Parse(place[1]) - 1, 150).ToArray();
            if (place[2] == "-")
                Nucleotides.ReverseComplement(Random30k.Bases.AsSpan(int.Parse(place[1]) - 1, 150), expected);
            strands[place[2] == "+" ? 0 : 1]++;
            Assert.Equal(expected, truth.Bases);
        }
        Assert.All(strands, count => Assert.InRange(count, 190, 310));
    }

    [Fact]
    public void Uniform_errors_with_indels_are_a_third_of_each_kind()
    {
        var reads = Simulate(SequencingProfile.Parse("uniform:0.01,indel"), 2000);

        var (longer, shorter) = (reads.Count(read => read.Read.Bases.Length > 150), reads.Count(read => read.Read.Bases.Length < 150));
        // Insertions outnumber deletions in 26.7 % of reads: a difference of two Poisson counts of mean 0.5.
        Assert.InRange(longer, 440, 630);
        Assert.InRange(shorter, 440, 630);
        Assert.All(reads, read => Assert.All(read.Read.Quality, letter => Assert.Equal(33 + 20, letter)));
    }

    [Fact]
    public void No_read_covers_an_ambiguous_base_and_case_is_lifted()
    {
        var genome = GenomeSequence.Of(new FastaSequence("s some words", Encoding.ASCII.GetBytes("ACGTTNNacgtaaNRGATTAC")));
        var simulator = new ReadSimulator([genome], SequencingProfile.Parse("uniform:0"), 5, seed: 1);

        var places = Enumerable.Range(0, 200).Select(i => simulator.Make(i).Truth).Select(truth => truth.Name.Split(' ')[1]).ToHashSet();

        Assert.Equal(["s:1", "s:16", "s:17", "s:8", "s:9"], places.Select(place => place[..^2]).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(5 + 6 + 6, simulator.GenomeBases);
        Assert.Throws<InputException>(() => new ReadSimulator([genome], SequencingProfile.HiSeq, 7, seed: 1));
    }

    [Fact]
    public void Reads_of_RNA_are_of_DNA()
    {
        var simulator = new ReadSimulator([GenomeSequence.Of(new FastaSequence("s", "GGUUuggC"u8.ToArray()))], SequencingProfile.Parse("uniform:0"), 8, seed: 1);

        var reads = Enumerable.Range(0, 20).Select(i => Encoding.ASCII.GetString(simulator.Make(i).Truth.Bases)).ToHashSet();

        Assert.Equal(["GCCAAACC", "GGTTTGGC"], reads.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("novaseq")]
    [InlineData("uniform:")]
    [InlineData("uniform:0.7")]
    [InlineData("uniform:0.01,indels")]
    public void Unknown_profiles_are_refused(string text) =>
        Assert.Contains("uniform:RATE", Assert.Throws<InputException>(() => SequencingProfile.Parse(text)).Message);

    [Fact]
    public void A_strain_is_its_reference_with_its_variants()
    {
        var variants = new List<Variant>();
        var reference = new FastaSequence("s", Random30k.Bases);
        var strain = new Strain(snvRate: 0.01, indelRate: 0.005, seed: 7).Mutate(reference, 0, variants);

        var rebuilt = new StringBuilder();
        var end = 0;
        foreach (var variant in variants)
        {
            Assert.Equal(variant.Reference, Encoding.ASCII.GetString(reference.Bases, variant.Position, variant.Reference.Length));
            rebuilt.Append(Encoding.ASCII.GetString(reference.Bases, end, variant.Position - end)).Append(variant.Alternative);
            end = variant.Position + variant.Reference.Length;
        }
        rebuilt.Append(Encoding.ASCII.GetString(reference.Bases, end, reference.Bases.Length - end));
        Assert.Equal(rebuilt.ToString(), Encoding.ASCII.GetString(strain.Bases));
        Assert.InRange(variants.Count(variant => variant.Reference.Length == variant.Alternative.Length), 230, 370);
        Assert.InRange(variants.Count(variant => variant.Reference.Length != variant.Alternative.Length), 90, 210);
    }

    [Fact]
    public void Reads_of_a_strain_say_where_on_the_strain_they_lie()
    {
        var strain = new Strain(snvRate: 0.01, indelRate: 0.02, seed: 8).Mutate(new FastaSequence("s x", Random30k.Bases), 0, []);
        var simulator = new ReadSimulator([strain], SequencingProfile.Parse("uniform:0"), 100, seed: 2);

        foreach (var truth in Enumerable.Range(0, 200).Select(i => simulator.Make(i).Truth))
        {
            var place = ReadPlace.OfName(truth.Name)!;
            var forward = (byte[])truth.Bases.Clone();
            if (place.Reverse)
                Nucleotides.ReverseComplement(truth.Bases, forward);
            Assert.Equal("s", place.Sequence);
            Assert.Equal(strain.Bases[place.Start..(place.Start + 100)], forward);
        }
    }

    private static List<SimulatedRead> Simulate(SequencingProfile profile, int count)
    {
        var simulator = new ReadSimulator([Random30k], profile, profile.Length, seed: 5);
        return [.. Enumerable.Range(0, count).Select(i => simulator.Make(i))];
    }

    private static int Differences(SimulatedRead read) => read.Read.Bases.Zip(read.Truth.Bases).Count(pair => pair.First != pair.Second);

    private static byte[] RandomBases(int length)
    {
        var random = new CounterRandom(1, RandomStreams.Evaluation, 0);
        var bases = new byte[length];
        for (var i = 0; i < length; i++)
            bases[i] = Bases.Draw(ref random);
        return bases;
    }
}
