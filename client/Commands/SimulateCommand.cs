using System.CommandLine;
using System.Diagnostics;
using System.Text;
using DnaBart.Batching;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Simulation;

namespace DnaBart.Client.Commands;

/// <summary><c>dnabart simulate</c>: sequencing reads with errors that follow their qualities, and the same reads without errors.</summary>
internal static class SimulateCommand
{
    private const int ReadsPerBatch = 2000;
    private const int BasesPerLine = 60;

    // A petabase of short reads: beyond all disks, and far from where numbers end.
    private const long MostReads = 10_000_000_000_000;

    public static Command Create()
    {
        var reference = new Option<string>("--reference") { Description = "FASTA to draw reads from, plain or gzip", Required = true };
        var coverage = new Option<double>("--coverage") { Description = "Mean number of reads over a base", Required = true };
        var profile = new Option<string>("--profile")
        {
            Description = "hiseq (like ART's HS25), miseq (MSv3), uniform:RATE or uniform:RATE,indel",
            DefaultValueFactory = _ => SequencingProfile.HiSeq.Name,
        };
        var seed = new Option<ulong>("--seed") { Description = "The same seed gives the same reads", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--out", "-o") { Description = "FASTQ of the reads; .gz compresses", Required = true };
        var truth = new Option<string>("--truth") { Description = "FASTQ of the same reads without errors, in the same order", Required = true };
        var length = new Option<int?>("--length") { Description = "Bases of a read; by default the profile's: 150, miseq 250" };
        var snvRate = new Option<double>("--snv-rate") { Description = "Draw from a strain with substitutions at this rate" };
        var indelRate = new Option<double>("--indel-rate") { Description = "... and with short indels at this rate" };
        var variants = new Option<string?>("--variants") { Description = "VCF of the strain's variants" };
        var strain = new Option<string?>("--strain") { Description = "FASTA of the strain, for other simulators" };
        var command = new Command("simulate", "Simulate sequencing reads and their error-free truth")
        {
            reference, coverage, profile, seed, output, truth, length, snvRate, indelRate, variants, strain,
        };
        command.SetAction((parseResult, cancellationToken) =>
        {
            var watch = Stopwatch.StartNew();
            var files = new SimulatedFiles(parseResult.GetRequiredValue(reference), parseResult.GetRequiredValue(output),
                parseResult.GetRequiredValue(truth), parseResult.GetValue(variants), parseResult.GetValue(strain));
            var (snvs, indels) = (Rate("--snv-rate", parseResult.GetValue(snvRate)), Rate("--indel-rate", parseResult.GetValue(indelRate)));
            if ((files.Variants ?? files.Strain) is not null && snvs + indels == 0)
                throw new InputException("--variants and --strain need a strain: give --snv-rate or --indel-rate");
            OutputGuard.Check([files.Reference], [files.Output, files.Truth], files.Variants, files.Strain);
            var chosen = SequencingProfile.Parse(parseResult.GetValue(profile)!);
            var bases = parseResult.GetValue(length) ?? chosen.Length;
            if (bases is < 1 or > 100_000)
                throw new InputException($"--length {bases}: give 1 to 100000");
            var seedValue = parseResult.GetValue(seed);
            var genome = SampledGenome.Read(files.Reference, new Strain(snvs, indels, seedValue));
            var simulator = Simulator(genome, chosen, bases, seedValue);
            var asked = parseResult.GetValue(coverage);
            var count = asked > 0 ? simulator.CountFor(asked) : 0;
            if (count == 0)
                throw new InputException($"--coverage {asked}: that is no read; give a larger number");
            if (count > MostReads)
                throw new InputException($"--coverage {asked}: that is more than {MostReads:N0} reads; give a smaller number");
            Write(simulator, count, files, cancellationToken);
            genome.Write(files);
            Console.Error.WriteLine($"{count:N0} reads of {simulator.GenomeBases:N0} bases in {watch.Elapsed.TotalSeconds:F1} s");
        });
        return command;
    }

    private static ReadSimulator Simulator(SampledGenome genome, SequencingProfile profile, int length, ulong seed)
    {
        try
        {
            return new ReadSimulator(genome.Sequences, profile, length, seed);
        }
        catch (InputException e)
        {
            throw new InputException($"{e.Message}; give a smaller --length", e);
        }
    }

    private static double Rate(string option, double rate) =>
        rate is >= 0 and <= 0.5 ? rate : throw new InputException($"{option} {rate}: give a rate from 0 to 0.5");

    private static void WriteFasta(string path, IEnumerable<GenomeSequence> genome)
    {
        using var file = new AtomicFile(path);
        foreach (var sequence in genome)
        {
            file.Stream.Write(Encoding.Latin1.GetBytes($">{sequence.Name}\n"));
            foreach (var line in sequence.Bases.Chunk(BasesPerLine))
                file.Stream.Write([.. line, (byte)'\n']);
        }
        file.Commit();
    }

    private static void Write(ReadSimulator simulator, long count, SimulatedFiles files, CancellationToken cancellationToken)
    {
        using var reads = new ReadWriter(files.Output);
        using var truths = new ReadWriter(files.Truth);
        var batches = (count + ReadsPerBatch - 1) / ReadsPerBatch;
        OrderedPipeline.Run(
            Numbers(batches),
            (batch, token) => Make(simulator, batch * ReadsPerBatch, Math.Min(count, (batch + 1) * ReadsPerBatch), token),
            made =>
            {
                foreach (var (read, truth) in made)
                {
                    reads.Write(read);
                    truths.Write(truth);
                }
            },
            Environment.ProcessorCount, cancellationToken);
        ReadWriter.Commit([reads, truths]);
    }

    private static IEnumerable<long> Numbers(long count)
    {
        for (var i = 0L; i < count; i++)
            yield return i;
    }

    private static SimulatedRead[] Make(ReadSimulator simulator, long first, long end, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var made = new SimulatedRead[end - first];
        for (var i = first; i < end; i++)
            made[i - first] = simulator.Make(i);
        return made;
    }

    /// <summary>What reads are drawn from: the reference's sequences or, with variants, those of a strain.</summary>
    private sealed record SampledGenome(List<GenomeSequence> Sequences, List<Variant> Variants, List<(string Name, int Length)> Contigs)
    {
        public static SampledGenome Read(string reference, Strain strain)
        {
            using var reader = FastaReader.Open(reference);
            var genome = new SampledGenome([], [], []);
            foreach (var sequence in reader.ReadAll())
            {
                genome.Sequences.Add(strain.Mutate(sequence, genome.Sequences.Count, genome.Variants));
                genome.Contigs.Add((genome.Sequences[^1].Name, sequence.Bases.Length));
            }
            return genome;
        }

        /// <summary>Writes the strain and its variants, if that was asked for.</summary>
        public void Write(SimulatedFiles files)
        {
            if (files.Variants is not null)
                Vcf.Write(files.Variants, Contigs, Variants);
            if (files.Strain is not null)
                WriteFasta(files.Strain, Sequences);
        }
    }

    private sealed record SimulatedFiles(string Reference, string Output, string Truth, string? Variants, string? Strain);
}
