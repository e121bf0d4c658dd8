using System.Diagnostics;
using System.Globalization;
using DnaBart.Sequences;
using DnaBart.Simulation;

namespace DnaBart.Benchmarks.Correction;

/// <summary>Simulated reads and what they would be without errors; truths say behind their names where they lie.</summary>
internal sealed record MatrixReads(Read[] Raw, Read[] Truth)
{
    private const string Sequence = "genome";

    /// <summary>The simulators and sequencers of the matrix, and the length of their reads.</summary>
    public static IReadOnlyDictionary<string, int> Systems { get; } =
        new Dictionary<string, int> { ["HS25"] = 150, ["MSv3"] = 250, ["uniform"] = 150, ["wgsim"] = 150 };

    // Of the simulators that have one rate for all bases.
    private const double UniformRate = 0.005;

    /// <summary>Draws reads: HS25 and MSv3 from ART, wgsim's from wgsim with one quality that is not true of them, and the product's own
    /// with one that is.</summary>
    public static MatrixReads Simulate(byte[] genome, string system, double coverage, ulong seed)
    {
        if (system == "uniform")
        {
            var simulator = new ReadSimulator([new GenomeSequence(Sequence, genome)], SequencingProfile.Uniform(UniformRate, indels: false), Systems[system], seed);
            var made = Enumerable.Range(0, (int)simulator.CountFor(coverage)).Select(i => simulator.Make(i)).ToArray();
            return new MatrixReads(Array.ConvertAll(made, read => read.Read), Array.ConvertAll(made, read => read.Truth));
        }
        var folder = Directory.CreateTempSubdirectory("dnabart-matrix-").FullName;
        try
        {
            var fasta = Path.Combine(folder, "genome.fa");
            File.WriteAllBytes(fasta, [.. ">genome\n"u8, .. genome, (byte)'\n']);
            return system == "wgsim" ? OfWgsim(fasta, genome, coverage, seed) : OfArt(fasta, system, coverage, seed);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The same reads with their qualities and without their errors.</summary>
    public MatrixReads WithoutErrors() => this with { Raw = [.. Raw.Zip(Truth, (raw, truth) => raw with { Bases = truth.Bases })] };

    private static MatrixReads OfArt(string fasta, string system, double coverage, ulong seed)
    {
        var prefix = Path.Combine(Path.GetDirectoryName(fasta)!, "art");
        Run("art_illumina", "-q", "-na", "-ir", "0", "-dr", "0", "-ss", system, "-i", fasta, "-l", $"{Systems[system]}",
            "-f", coverage.ToString(CultureInfo.InvariantCulture), "-sam", "-ef", "-rs", $"{seed}", "-o", prefix);
        var truth = File.ReadLines(prefix + "_errFree.sam").Where(line => !line.StartsWith('@')).Select(line =>
        {
            var fields = line.Split('\t');
            return Known(fields[0], int.Parse(fields[3], CultureInfo.InvariantCulture) - 1, (int.Parse(fields[1], CultureInfo.InvariantCulture) & 16) != 0, Bytes(fields[9]));
        }).ToArray();
        return new MatrixReads(ReadFastq(prefix + ".fq"), truth);
    }

    /// <summary>wgsim makes pairs, whose first mates are taken; their names have the fragment's ends, from 1, and not which is the first's.</summary>
    private static MatrixReads OfWgsim(string fasta, byte[] genome, double coverage, ulong seed)
    {
        var length = Systems["wgsim"];
        var folder = Path.GetDirectoryName(fasta)!;
        var first = Path.Combine(folder, "1.fq");
        Run("wgsim", "-N", $"{(int)(coverage * genome.Length / length)}", "-1", $"{length}", "-2", $"{length}", "-d", "300", "-s", "30", "-r", "0", "-R", "0", "-X", "0",
            "-e", UniformRate.ToString(CultureInfo.InvariantCulture), "-S", $"{seed}", fasta, first, Path.Combine(folder, "2.fq"));
        var raw = ReadFastq(first).Select((read, i) => read with { Name = $"{i + 1}_{read.Name}" }).ToArray();
        var truth = Array.ConvertAll(raw, read =>
        {
            var fields = read.Name.Split('_');
            var (start, end) = (int.Parse(fields[2], CultureInfo.InvariantCulture) - 1, int.Parse(fields[3], CultureInfo.InvariantCulture));
            var (left, right) = (Known(read.Name, start, false, genome[start..(start + length)]), Known(read.Name, end - length, true, genome[(end - length)..end]));
            return Differences(read, left) <= Differences(read, right) ? left : right;
        });
        return new MatrixReads(raw, truth);
    }

    private static int Differences(Read a, Read b) => a.Bases.Zip(b.Bases).Count(pair => pair.First != pair.Second);

    /// <summary>A truth by its bases on the forward strand.</summary>
    private static Read Known(string name, int start, bool reverse, byte[] forward)
    {
        var bases = forward;
        if (reverse)
            Nucleotides.ReverseComplement(forward, bases = new byte[forward.Length]);
        return new Read($"{name} {new ReadPlace(Sequence, start, reverse)}", bases, [.. Enumerable.Repeat((byte)'I', bases.Length)]);
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    private static Read[] ReadFastq(string path)
    {
        using var reader = FastqReader.Open(path);
        return [.. reader.ReadAll()];
    }

    private static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error.Result}");
    }
}
