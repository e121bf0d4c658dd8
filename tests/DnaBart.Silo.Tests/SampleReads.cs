using System.IO.Compression;
using System.Text;
using DnaBart.Fixtures;
using DnaBart.Model;
using DnaBart.Sequences;

namespace DnaBart.Silo.Tests;

/// <summary>Real reads, and what a run on this machine makes of them.</summary>
internal static class SampleReads
{
    private static readonly Lazy<Read[]> Reads = new(() =>
    {
        using var reader = FastqReader.Open(SharedData.Sample("sars_cov_2/reads_R1.fastq.gz"));
        return [.. reader.ReadAll()];
    });

    public static string ModelFolder { get; } = Path.Combine(SharedData.Root, "models", "sars-cov-2");

    public static byte[] Fastq(int count) => Write(Reads.Value.Take(count));

    /// <summary>What `dnabart correct` writes for them.</summary>
    public static byte[] Corrected(int count)
    {
        var corrected = new List<Read>();
        using var model = CorrectionModel.Load(ModelFolder, "cpu");
        model.Correct(Reads.Value.Take(count), read => corrected.Add(read.Read with { Bases = read.Bases }), threads: 2, CancellationToken.None);
        return Write(corrected);
    }

    public static byte[] Gzip(byte[] data)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(data);
        return compressed.ToArray();
    }

    public static string Text(byte[] fastq) => Encoding.Latin1.GetString(fastq);

    private static byte[] Write(IEnumerable<Read> reads)
    {
        using var stream = new MemoryStream();
        var writer = new ReadWriter(stream);
        foreach (var read in reads)
            writer.Write(read);
        return stream.ToArray();
    }
}
