using System.Text;
using DnaBart.Core.Tests.Sequences;
using DnaBart.Correction;
using DnaBart.Sequences;
using DnaBart.Spectrum;
using DnaBart.Tokenization;

namespace DnaBart.Core.Tests.Correction;

public class ReadCorrectorTests
{
    private const string Genome = "ACGTTGCAAGCTTACGGATCCATTGACCGTAAGCTAGGCTTAACGATTCGGCATTAGCCTAGGATACCAGTTCGA";

    private static readonly BpeTokenizer Words = BpeTrainer.Train([Encoding.ASCII.GetBytes(Genome)], 40);
    private static readonly BpeTokenizer Letters = BpeTrainer.Train([Encoding.ASCII.GetBytes(Genome)], 10);

    public static TheoryData<string> Vocabularies => ["words", "letters"];

    private static BpeTokenizer Tokenizer(string name) => name == "words" ? Words : Letters;

    /// <summary>Expects whatever stretch of the genome's strands, of the source's length, is fewest substitutions away.</summary>
    private static byte[] Nearest(byte[] noisy)
    {
        var genome = Encoding.ASCII.GetBytes(Genome);
        var other = new byte[genome.Length];
        Nucleotides.ReverseComplement(genome, other);
        return Enumerable.Range(0, genome.Length - noisy.Length + 1)
            .SelectMany(start => new[] { genome[start..(start + noisy.Length)], other[start..(start + noisy.Length)] })
            .MinBy(stretch => stretch.Zip(noisy).Count(pair => pair.First != pair.Second))!;
    }

    private static CorrectedRead Correct(string vocabulary, string bases, int quality, int window = 60, double confidence = 0.999)
    {
        var tokenizer = Tokenizer(vocabulary);
        var corrector = new ReadCorrector(
            new ReadProposer(new TableDenoiser(tokenizer, Nearest, confidence), tokenizer, window, batchTokens: 1000),
            new NoisyChannel(threshold: 0, qualityWeight: 1, modelOffset: 0), new Divergence(1e-6, 1e-6), new KnownMistakes());
        var read = new Read("r", Encoding.ASCII.GetBytes(bases), Enumerable.Repeat((byte)(quality + 33), bases.Length).ToArray());
        return corrector.Correct([read])[0];
    }

    [Theory, MemberData(nameof(Vocabularies))]
    public void A_substitution_of_low_quality_is_put_right_and_its_letter_case_kept(string vocabulary)
    {
        var corrected = Correct(vocabulary, "ACGTTGCAAGtTTACGGATCCATTGACC", quality: 10);
        Assert.Equal("ACGTTGCAAGcTTACGGATCCATTGACC", Encoding.ASCII.GetString(corrected.Bases));
        Assert.Equal([10], corrected.Changes.Select(change => change.Position));
        Assert.InRange(corrected.Changes[0].LogOdds, Math.Log(100), Math.Log(1e6));
    }

    [Theory, MemberData(nameof(Vocabularies))]
    public void A_base_that_the_sequencer_is_surer_of_than_the_model_stays(string vocabulary) =>
        Assert.Empty(Correct(vocabulary, "ACGTTGCAAGTTTACGGATCCATTGACC", quality: 60, confidence: 0.9).Changes);

    [Theory, MemberData(nameof(Vocabularies))]
    public void Several_errors_are_put_right_together(string vocabulary)
    {
        var corrected = Correct(vocabulary, "ACGTTGCAAGTTTACGGATCGATTGACCGTAACCTAGG", quality: 8);
        Assert.Equal("ACGTTGCAAGCTTACGGATCCATTGACCGTAAGCTAGG", Encoding.ASCII.GetString(corrected.Bases));
    }

    [Theory, MemberData(nameof(Vocabularies))]
    public void Long_reads_are_corrected_in_windows(string vocabulary)
    {
        var noisy = Genome.Replace("GGATCC", "GGATAC").Replace("GGATACCAGTT", "GGATACCAGTA");
        Assert.Equal(Genome, Encoding.ASCII.GetString(Correct(vocabulary, noisy, quality: 8, window: 24).Bases));
    }

    [Theory, MemberData(nameof(Vocabularies))]
    public void A_window_of_more_tokens_than_the_model_has_positions_is_left_alone(string vocabulary) =>
        Assert.Empty(Correct(vocabulary, new string('N', 70), quality: 2, window: 70).Changes);

    [Theory, MemberData(nameof(Vocabularies))]
    public void An_N_is_left_alone(string vocabulary) =>
        Assert.Empty(Correct(vocabulary, "ACGTTGCAAGNTTACGGATCCATTGACC", quality: 2).Changes);

    /// <summary>A model that knows one strand only, as one that was trained on it.</summary>
    [Fact]
    public void A_read_of_the_strand_that_the_model_does_not_know_is_seen_from_its_other_end()
    {
        var known = Encoding.ASCII.GetBytes(Genome[..40]);
        var clean = new byte[known.Length];
        Nucleotides.ReverseComplement(known, clean);
        var noisy = (byte[])clean.Clone();
        noisy[2] = Partner.Of(noisy[2]);
        var model = new TableDenoiser(Words, source => source.Zip(known).Count(pair => pair.First != pair.Second) < 5 ? known : source, 0.999);
        var corrector = new ReadCorrector(new ReadProposer(model, Words, 60, batchTokens: 1000), new NoisyChannel(0, 1, 0), new Divergence(1e-6, 1e-6), new KnownMistakes());

        var corrected = corrector.Correct([new Read("r", noisy, Enumerable.Repeat((byte)(33 + 10), noisy.Length).ToArray())])[0];

        Assert.Equal(Encoding.ASCII.GetString(clean), Encoding.ASCII.GetString(corrected.Bases));
        Assert.Equal([2], corrected.Changes.Select(change => change.Position));
    }

    /// <summary>A model of one strand that takes the last four bases as it is shown them: of these it sees tokens that the end cuts off.</summary>
    [Theory, MemberData(nameof(Vocabularies))]
    public void The_last_bases_are_judged_by_how_the_model_goes_on_behind_them(string vocabulary)
    {
        var genome = Encoding.ASCII.GetBytes(Genome);
        byte[] Expect(byte[] source)
        {
            var (offset, mismatches) = Enumerable.Range(0, genome.Length - source.Length + 1)
                .Select(start => (start, genome.Skip(start).Zip(source).Count(pair => pair.First != pair.Second))).MinBy(place => place.Item2);
            return mismatches > 13 ? source : [.. genome[offset..(offset + source.Length - 4)], .. source[^4..]];
        }
        var tokenizer = Tokenizer(vocabulary);
        var noisy = genome[..40];
        noisy[38] = Partner.Of(noisy[38]);
        var corrector = new ReadCorrector(
            new ReadProposer(new TableDenoiser(tokenizer, Expect), tokenizer, 60, batchTokens: 1000), new NoisyChannel(0, 1, 0), new Divergence(1e-6, 1e-6), new KnownMistakes());

        var corrected = corrector.Correct([new Read("r", noisy, Enumerable.Repeat((byte)(33 + 10), noisy.Length).ToArray())])[0];

        Assert.Equal(Genome[..40], Encoding.ASCII.GetString(corrected.Bases));
        Assert.Equal([38], corrected.Changes.Select(change => change.Position));
    }

    /// <summary>Deep reads of the genome, all alike but two: one has an error, one is a chimera of two places. The others settle them, and the model is not asked.</summary>
    [Fact]
    public void Reads_that_the_others_settle_take_no_pass_of_the_model()
    {
        var good = Enumerable.Repeat((byte)(33 + 38), Genome.Length).ToArray();
        var reads = Enumerable.Range(0, 40).Select(i => new Read($"{i}", Encoding.ASCII.GetBytes(Genome), good)).ToArray();
        var noisy = (byte[])reads[7].Bases.Clone();
        noisy[30] = Partner.Of(noisy[30]);
        reads[7] = reads[7] with { Bases = noisy, Quality = [.. good.Select((letter, i) => i == 30 ? (byte)(33 + 12) : letter)] };
        var middle = Genome.Length / 2;
        var chimera = Genome[middle..] + Genome[..middle];
        reads[9] = reads[9] with { Bases = Encoding.ASCII.GetBytes(chimera) };
        var spectrum = KmerSpectrum.Count(reads, k: 17, paired: false, threads: 1);
        var wrong = new TableDenoiser(Words, _ => throw new InvalidOperationException("the model was asked"), 0.999);
        var corrector = new ReadCorrector(
            new ReadProposer(wrong, Words, 80, batchTokens: 1000), new NoisyChannel(0, 1, 0), new Divergence(1e-6, 1e-6), new KnownMistakes(), spectrum.CreateCorrector(KmerSpectrum.DefaultMargin, indels: false));

        var corrected = corrector.Correct(reads);

        Assert.All(corrected.Where((_, i) => i != 9), read => Assert.Equal(Genome, Encoding.ASCII.GetString(read.Bases)));
        Assert.Equal(chimera, Encoding.ASCII.GetString(corrected[9].Bases));
        Assert.Equal(0, corrector.ModelReads);
        Assert.Equal(0, corrector.Passes);
    }

    [Fact]
    public void An_empty_read_stays_empty() => Assert.Empty(Correct("words", "", quality: 30).Bases);

    /// <summary>The model is sure of the genome's tokens wherever it looks, however little the read is like it.</summary>
    [Theory, MemberData(nameof(Vocabularies))]
    public void A_read_of_something_else_keeps_its_length_whatever_the_model_wants(string vocabulary)
    {
        var random = new Random(5);
        for (var i = 0; i < 200; i++)
        {
            var foreign = random.GetString("ACGT", random.Next(1, 70));
            Assert.Equal(foreign.Length, Correct(vocabulary, foreign, quality: 2, window: 20, confidence: 1 - 1e-9).Bases.Length);
        }
    }

    [Fact]
    public void A_read_that_the_model_does_not_know_takes_one_pass_a_strand()
    {
        var genome = Encoding.ASCII.GetBytes(Genome);
        var denoiser = new TableDenoiser(Letters, source => genome[..source.Length], 0.999);
        var proposer = new ReadProposer(denoiser, Letters, 60, batchTokens: 1000);
        var foreign = new Random(3).GetItems("ACGT"u8.ToArray(), 60);

        var proposals = proposer.Propose([new Read("foreign", foreign, Enumerable.Repeat((byte)(33 + 10), 60).ToArray())], default);

        Assert.Empty(proposals[0]);
        Assert.Equal(2, proposer.Passes);
    }

    [Fact]
    public void Accepting_everything_gives_what_greedy_decoding_gives_with_insertions_and_deletions_too()
    {
        byte[] Repair(byte[] noisy) => Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(noisy).Replace("GGAATCC", "GGATCC").Replace("TTGCGT", "TTGACCGT"));
        var sources = new[] { Genome[..40].Replace("GGATCC", "GGAATCC"), Genome[..40].Replace("TTGACCGT", "TTGCGT"), Genome[5..45] }.Select(Encoding.ASCII.GetBytes).ToArray();
        var denoiser = new TableDenoiser(Words, Repair);
        var verifier = new DraftVerifier(denoiser, Words);
        var greedy = denoiser.Greedy([.. sources.Select(source => Words.EncodeWithSpecialTokens(source))]);
        Assert.Equal(greedy, verifier.Greedy(sources));
        Assert.True(2 * verifier.Passes < greedy.Sum(row => row.Length), $"{verifier.Passes} passes where greedy decoding takes one a token");
    }
}
