using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using DnaBart.Sequences;

namespace DnaBart.Benchmarks;

/// <summary>FASTQ and FASTA, bytes a second on one core. The reads look like Illumina's: 150 bases, 40-letter names. Files lie in
/// the temporary folder and, read just before, in the page cache: what is measured is the parser and the copy out of that cache.</summary>
[Config(typeof(Config))]
public class SequenceBenchmarks
{
    private sealed class Config : ManualConfig
    {
        public Config()
        {
            AddJob(Job.ShortRun);
            AddDiagnoser(MemoryDiagnoser.Default);
            AddColumn(new MegabytesPerSecondColumn());
        }
    }

    private const int Reads = 300_000;
    private const int ReadLength = 150;
    private const int NameLength = 40;
    private const long FastqBytes = Reads * (1L + NameLength + 1 + ReadLength + 1 + 2 + ReadLength + 1);
    private const int FastaLines = 1_000_000;
    private const int FastaLineLength = 60;
    private const long FastaBytes = 6 + FastaLines * (FastaLineLength + 1L);

    private readonly string folder = Directory.CreateTempSubdirectory("dnabart-benchmark-").FullName;
    private MemoryStream fastq = null!;

    private string Plain => Path.Combine(folder, "reads.fq");
    private string Compressed => Path.Combine(folder, "reads.fq.gz");
    private string Genome => Path.Combine(folder, "genome.fa");

    [GlobalSetup]
    public void WriteFiles()
    {
        var random = new Random(1);
        using (var plain = new ReadWriter(Plain))
        using (var compressed = new ReadWriter(Compressed))
        {
            var (name, bases, quality) = (new byte[NameLength], new byte[ReadLength], new byte[ReadLength]);
            for (var i = 0; i < Reads; i++)
            {
                random.GetItems("0123456789:"u8, name);
                random.GetItems("ACGT"u8, bases);
                random.GetItems("FFFFFFFFFFFF:,#"u8, quality);
                plain.Write(name, bases, quality);
                compressed.Write(name, bases, quality);
            }
            plain.Commit();
            compressed.Commit();
        }
        fastq = new MemoryStream(File.ReadAllBytes(Plain));
        using var genome = new StreamWriter(Genome);
        genome.Write(">chr1\n");
        for (var i = 0; i < FastaLines; i++)
            genome.Write(new string(random.GetItems<char>("ACGT", FastaLineLength)) + "\n");
    }

    [GlobalCleanup]
    public void RemoveFiles() => Directory.Delete(folder, recursive: true);

    [Benchmark, Bytes(FastqBytes)]
    public long ReadFastqFromMemory()
    {
        fastq.Position = 0;
        return CountBases(FastqReader.Open(fastq, "memory"));
    }

    [Benchmark, Bytes(FastqBytes)]
    public long ReadFastqFile()
    {
        using var reader = FastqReader.Open(Plain);
        return CountBases(reader);
    }

    [Benchmark, Bytes(FastqBytes)]
    public long ReadFastqGzip()
    {
        using var reader = FastqReader.Open(Compressed);
        return CountBases(reader);
    }

    [Benchmark, Bytes(FastqBytes)]
    public void CopyFastqFile()
    {
        using var reader = FastqReader.Open(Plain);
        using var writer = new ReadWriter(Stream.Null);
        while (reader.TryRead(out var record))
            writer.Write(record.Name, record.Bases, record.Quality);
        writer.Commit();
    }

    [Benchmark, Bytes(FastaBytes)]
    public int ReadFastaFile()
    {
        using var reader = FastaReader.Open(Genome);
        return reader.ReadAll().Sum(sequence => sequence.Bases.Length);
    }

    private static long CountBases(FastqReader reader)
    {
        var bases = 0L;
        while (reader.TryRead(out var record))
            bases += record.Bases.Length;
        return bases;
    }
}
