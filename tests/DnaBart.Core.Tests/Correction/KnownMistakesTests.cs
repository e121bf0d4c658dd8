using System.Text;
using DnaBart.Correction;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Noise;
using DnaBart.Sequences;
using DnaBart.Spectrum;

namespace DnaBart.Core.Tests.Correction;

public class KnownMistakesTests
{
    private const string Context = "ACGTTGCAAGCTTACGGATCCATTGACCGTAAGCTAGGCTT";
    private const int Flank = KnownMistakes.Flank, T = 3;

    private static byte[] Bases(string bases) => Encoding.ASCII.GetBytes(bases);

    private static KnownMistakes OfContext()
    {
        var mistakes = new KnownMistakes();
        Assert.True(mistakes.Add(Bases(Context), T));
        return mistakes;
    }

    [Theory]
    [InlineData(0, 41, true)]
    [InlineData(20, 41, true)]
    [InlineData(0, 21, true)]
    [InlineData(10, 31, true)]
    [InlineData(11, 30, false)]
    public void A_mistake_is_known_again_where_a_kmer_around_it_is_whole(int start, int end, bool known) =>
        Assert.Equal(known, OfContext().Contains(Bases(Context[start..end]), new ProposedBase(Flank - start, T)));

    [Fact]
    public void A_mistake_is_known_again_on_the_other_strand()
    {
        var other = new byte[Context.Length];
        Nucleotides.ReverseComplement(Bases(Context), other);
        Assert.True(OfContext().Contains(other, new ProposedBase(Flank, 3 - T)));
        Assert.False(OfContext().Contains(other, new ProposedBase(Flank, T)));
    }

    [Fact]
    public void Another_base_another_place_and_another_context_are_no_mistakes()
    {
        var mistakes = OfContext();
        Assert.False(mistakes.Contains(Bases(Context), new ProposedBase(Flank, 0)));
        Assert.False(mistakes.Contains(Bases(Context), new ProposedBase(Flank - 1, T)));
        Assert.False(mistakes.Contains(Bases(Context[..Flank] + "G" + Context[(Flank + 1)..]), new ProposedBase(Flank, T)));
    }

    [Fact]
    public void The_file_gives_back_what_was_written()
    {
        using var folder = new TemporaryFolder();
        OfContext().Save(folder.Path);
        var read = KnownMistakes.Load(folder.Path);
        Assert.Equal(1, read.Count);
        Assert.True(read.Contains(Bases(Context), new ProposedBase(Flank, T)));
    }

    [Fact]
    public void A_model_that_was_not_proofread_has_none() => Assert.Equal(0, KnownMistakes.Load(Path.GetTempPath() + Guid.NewGuid()).Count);

    [Theory]
    [InlineData("ACGT\tT")]
    [InlineData(Context)]
    [InlineData(Context + "\tX")]
    [InlineData(Context + "\tC")]
    [InlineData(Context + "\tT\tT")]
    public void A_broken_line_is_named(string line)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, KnownMistakes.FileName);
        File.WriteAllLines(file, [$"{Context}\tT", line]);
        Assert.StartsWith($"{file}:2: ", Assert.Throws<InputException>(() => KnownMistakes.Load(folder.Path)).Message);
    }

    /// <summary>A model that has the wrong base in one place of its genome.</summary>
    [Fact]
    public void Proofreading_finds_what_a_model_gets_wrong_of_its_own_genome()
    {
        var random = new CounterRandom(1, 0, 0);
        var genome = new byte[2000];
        foreach (ref var letter in genome.AsSpan())
            letter = (byte)"ACGT"[random.NextInt32(4)];
        var (place, wrong) = (700, (Nucleotides.Code(genome[700]) + 1) % 4);
        var mistaken = new Mistaken(Encoding.ASCII.GetString(genome[680..721]), new ProposedBase(0, wrong));

        var mistakes = new Proofreading(() => mistaken, readBases: 100, workers: 2, chunkReads: 7)
            .Run([new FastaSequence("g", genome)], (_, _) => { }, default);

        Assert.Equal(1, mistakes.Count);
        Assert.True(mistakes.Contains(genome, new ProposedBase(place, wrong)));
        var read = new Read("r", genome[650..750], [.. Enumerable.Repeat((byte)(33 + 5), 100)]);
        CorrectedRead Correct(KnownMistakes known) =>
            new ReadCorrector(mistaken, new NoisyChannel(0, 1, 0), Divergence.Usual, known).Correct([read])[0];
        Assert.True(Correct(new KnownMistakes()).Changed);
        Assert.False(Correct(mistakes).Changed);
    }

    /// <summary>Forty reads of the near copy, and one of the place that the model takes for it.</summary>
    [Fact]
    public void What_reads_of_a_near_copy_show_is_not_taken_over_where_the_read_has_what_the_genome_has()
    {
        var copy = Bases("GGCATTAGCCTAGGATACCAGTTCGA" + Context + "TTAACCGGATATCCGGTACGATCCGTA");
        var place = 26 + Flank;
        copy[place] = (byte)'T';
        var reads = Enumerable.Range(0, 41).Select(i => new Read($"{i}", [.. copy], [.. Enumerable.Repeat((byte)(33 + 38), copy.Length)])).ToArray();
        reads[7].Bases[place] = (byte)Context[Flank];
        reads[7].Quality[place] = 33 + 12;
        var spectrum = KmerSpectrum.Count(reads, k: 17, paired: false, threads: 1);
        CorrectedRead Correct(KnownMistakes known) => new ReadCorrector(
            new Mistaken("none", default), new NoisyChannel(0, 1, 0), Divergence.Usual, known, spectrum.CreateCorrector(KmerSpectrum.DefaultMargin, indels: false)).Correct([reads[7]])[0];

        Assert.Equal([place], Correct(new KnownMistakes()).Changes.Select(change => change.Position));
        Assert.Equal(reads[7].Bases, Correct(OfContext()).Bases);
        Assert.False(Correct(OfContext()).Changed);
    }

    private sealed class Mistaken(string context, ProposedBase proposed) : IReadProposer
    {
        public long Passes => 0;

        public List<Proposal>[] Propose(IReadOnlyList<Read> reads, CancellationToken cancellation) => [.. reads.Select(read =>
            Encoding.ASCII.GetString(read.Bases).IndexOf(context, StringComparison.Ordinal) is >= 0 and var start
                ? new List<Proposal> { new([proposed with { Position = start + Flank }], 5) }
                : [])];
    }
}
