using DnaBart.Core.Tests.Sequences;
using DnaBart.Noise;
using DnaBart.Sequences;
using DnaBart.Spectrum;

namespace DnaBart.Core.Tests.Spectrum;

public class KmerTableTests
{
    [Theory]
    [InlineData(5, false)]
    [InlineData(5, true)]
    [InlineData(25, false)]
    [InlineData(KmerTable.LongestK, false)]
    public void Counts_both_strands_as_a_dictionary_does(int k, bool mates)
    {
        var table = new KmerTable(k);
        var expected = new Dictionary<string, int>();
        var random = new CounterRandom(1, RandomStreams.Evaluation, 0);
        for (var batch = 0; batch < 5; batch++)
        {
            var reads = Enumerable.Range(0, 20).Select(i => RandomRead(20 + i, ref random)).ToList();
            new KmerCounter(table, mates).Add(reads);
            foreach (var word in reads.SelectMany((read, number) => Words(read, k).Where(word => !mates || number % 2 == 0 || !Words(reads[number - 1], k).Contains(word))))
                expected[word] = expected.GetValueOrDefault(word) + 1;
        }

        Assert.Equal(expected.Count, table.Distinct);
        var windows = table.NewWindows();
        foreach (var (word, count) in expected)
        {
            windows.Load(System.Text.Encoding.ASCII.GetBytes(word), Quality(k, 'I'));
            Assert.Equal(count, table.Find(windows.Kmer(0)).Count);
        }
    }

    [Fact]
    public void Of_two_mates_the_better_quality_counts()
    {
        var table = new KmerTable(5);
        var bases = "ACCGT"u8.ToArray();
        new KmerCounter(table, mates: true).Add([new Read("r/1", bases, Quality(5, '5')), new Read("r/2", "ACGGT"u8.ToArray(), Quality(5, 'I'))]);
        var windows = table.NewWindows();
        windows.Load(bases, Quality(5, 'I'));

        Assert.Equal(new KmerCount(1, QualityClasses.Of((byte)'I')), table.Find(windows.Kmer(0)));
    }

    [Fact]
    public void A_mate_shorter_than_a_kmer_has_none()
    {
        var table = new KmerTable(5);
        new KmerCounter(table, mates: true).Add([new Read("r/1", "ACG"u8.ToArray(), Quality(3, 'I')), new Read("r/2", "ACGGT"u8.ToArray(), Quality(5, 'I'))]);

        Assert.Equal(1, table.Distinct);
    }

    [Fact]
    public void A_kmer_with_a_base_replaced_is_that_of_the_changed_read()
    {
        const int K = 7;
        var random = new CounterRandom(2, RandomStreams.Evaluation, 0);
        var read = RandomRead(30, ref random);
        var (windows, changed) = (new KmerTable(K).NewWindows(), new KmerTable(K).NewWindows());
        for (var position = 0; position < 30; position++)
        {
            windows.Load(read.Bases, read.Quality);
            if (windows.Code(position) < 0)
                continue;
            var code = (windows.Code(position) + 1) & 3;
            byte[] bases = [.. read.Bases];
            bases[position] = (byte)"ACGT"[code];
            changed.Load(bases, read.Quality);
            var with = Enumerable.Range(0, windows.Count).Select(window => position >= window && position < window + K && windows.HasKmer(window)
                ? windows.KmerWith(window, position, code) : changed.Kmer(window)).ToArray();
            Assert.Equal(Enumerable.Range(0, changed.Count).Select(changed.Kmer), with);
            windows.Replace(position, code);
            Assert.Equal(Enumerable.Range(0, changed.Count).Select(changed.Kmer), Enumerable.Range(0, windows.Count).Select(windows.Kmer));
        }
    }

    [Fact]
    public void Counts_saturate_and_keep_the_best_quality()
    {
        var table = new KmerTable(5);
        var counter = new KmerCounter(table, mates: false);
        var bases = "ACCGT"u8.ToArray();
        counter.Add([new Read("low", bases, Quality(5, '5')), new Read("high", bases, Quality(5, 'I')), new Read("unknown", bases, Quality(5, '#'))]);
        var windows = table.NewWindows();
        windows.Load(bases, Quality(5, 'I'));

        Assert.Equal(new KmerCount(2, QualityClasses.Of((byte)'I')), table.Find(windows.Kmer(0)));
        counter.Add([.. Enumerable.Repeat(new Read("more", bases, Quality(5, '5')), 3000)]);
        Assert.Equal(KmerTable.HighestCount, table.Find(windows.Kmer(0)).Count);
    }

    private static Read RandomRead(int length, ref CounterRandom random)
    {
        var bases = new byte[length];
        for (var i = 0; i < length; i++)
            bases[i] = "ACGTacgtN"u8[random.NextInt32(9)];
        return new Read("r", bases, Quality(length, 'I'));
    }

    private static byte[] Quality(int length, char letter) => [.. Enumerable.Repeat((byte)letter, length)];

    private static IEnumerable<string> Words(Read read, int k)
    {
        var text = System.Text.Encoding.ASCII.GetString(read.Bases).ToUpperInvariant();
        for (var i = 0; i + k <= text.Length; i++)
        {
            var word = text.Substring(i, k);
            var other = string.Concat(word.Reverse().Select(letter => (char)Partner.Of((byte)letter)));
            if (!word.Contains('N'))
                yield return string.CompareOrdinal(word, other) < 0 ? word : other;
        }
    }
}
