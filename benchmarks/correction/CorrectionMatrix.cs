using System.Diagnostics;
using DnaBart.Correction;
using DnaBart.Model;
using DnaBart.Sequences;
using DnaBart.Simulation;
using DnaBart.Spectrum;

namespace DnaBart.Benchmarks.Correction;

/// <summary>Whether correction ever hurts: genomes known and unknown, sequencers, coverages, reads without errors, and a strain of the
/// model's genome, each by the spectrum alone and joined with the model. Results are kept as they come; what is there is not run again.</summary>
internal sealed class CorrectionMatrix
{
    private const double StrainSnvRate = 0.005;

    // As many reads a set where that takes several data sets of a small genome, and no more data sets than that.
    private const int LeastReads = 200, LeastStrainReads = 2000, MostDataSets = 20;

    // Seeds that nothing was tuned on, others for each genome: by the same ones simulators put the same errors at the same places.
    private const ulong FirstSeed = 70_001, SeedsOfGenome = 1000;

    private static readonly double[] ArtCoverages = [0.1, 1, 2, 5, 10, 30, 50];
    private static readonly double[] OtherCoverages = [1, 5, 30];
    private static readonly double[] ErrorFreeCoverages = [1, 10, 50];
    private static readonly double[] StrainCoverages = [1, 2, 10];
    private static readonly double?[] Thresholds = [null, 2, 4, 6];
    private static readonly double?[] QualityGates = [10, 15, 20, 25, 30, 100];

    private readonly MatrixGenome[] genomes;
    private readonly string modelFolder, results;
    private readonly HashSet<MatrixSet> done;
    private readonly Dictionary<double, CorrectionModel> models = [];
    private readonly int threads = Environment.ProcessorCount;

    private CorrectionMatrix(string genomeFolder, string modelFolder, string results)
    {
        genomes = [.. MatrixGenome.LoadAll(genomeFolder)];
        (this.modelFolder, this.results) = (modelFolder, results);
        done = [.. MatrixResult.Load(results).Select(result => result.Set)];
    }

    /// <summary>Runs what has no result yet, and writes tables and plots of all results.</summary>
    /// <param name="output">Takes matrix.md and the plots.</param>
    /// <param name="results">Has a line of JSON a result.</param>
    /// <param name="only">Runs the sets whose kind, genome, system or corrector each of these is; empty for all.</param>
    public static void Run(string genomeFolder, string modelFolder, string output, string results, string[] only)
    {
        Directory.CreateDirectory(output);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(results))!);
        var matrix = new CorrectionMatrix(genomeFolder, modelFolder, results);
        foreach (var group in matrix.Sets().Where(set => only.All(word => word == $"{set.Kind}" || word == set.Genome || word == set.System || word == set.Corrector)).GroupBy(ReadsOf))
        {
            var open = group.Where(set => !matrix.done.Contains(set)).ToList();
            if (open.Count > 0)
                matrix.Run(open);
        }
        MatrixReport.Write(output, MatrixResult.Load(results));
    }

    // Sets of the same reads are run together: they are simulated once.
    private static (MatrixKind, string, string, double) ReadsOf(MatrixSet set) => (set.Kind, set.Genome, set.System, set.Coverage);

    private IEnumerable<MatrixSet> Sets()
    {
        var known = genomes[0].Name;
        foreach (var genome in genomes)
        {
            foreach (var system in MatrixReads.Systems.Keys)
            {
                foreach (var coverage in system is "HS25" or "MSv3" ? ArtCoverages : OtherCoverages)
                {
                    foreach (var corrector in MatrixReport.Correctors)
                        yield return new MatrixSet(MatrixKind.Errors, genome.Name, system, coverage, corrector, null);
                }
            }
            foreach (var coverage in ErrorFreeCoverages)
            {
                foreach (var corrector in MatrixReport.Correctors)
                    yield return new MatrixSet(MatrixKind.ErrorFree, genome.Name, "HS25", coverage, corrector, null);
            }
        }
        foreach (var coverage in StrainCoverages)
        {
            yield return new MatrixSet(MatrixKind.Strain, known, "HS25", coverage, MatrixReport.Spectrum, null);
            foreach (var threshold in Thresholds)
                yield return new MatrixSet(MatrixKind.Strain, known, "HS25", coverage, MatrixReport.Model, threshold);
            foreach (var gate in QualityGates)
                yield return new MatrixSet(MatrixKind.Strain, known, "HS25", coverage, MatrixReport.Alignment, gate);
        }
    }

    private void Run(List<MatrixSet> sets)
    {
        var (kind, name, system, coverage) = ReadsOf(sets[0]);
        var least = kind == MatrixKind.Strain ? LeastStrainReads : LeastReads;
        var number = Array.FindIndex(genomes, one => one.Name == name);
        var genome = genomes[number].Slice(coverage, least, MatrixReads.Systems[system]);
        var totals = sets.ToDictionary(set => set, _ => (Evaluation: CorrectionEvaluation.Nothing, ModelReads: 0L, Seconds: 0.0));
        var (dataSets, reads) = (0, 0);
        for (; dataSets < MostDataSets && reads < least; dataSets++)
        {
            var seed = FirstSeed + SeedsOfGenome * (ulong)number + (ulong)dataSets;
            var variants = new List<Variant>();
            var strain = new Strain(kind == MatrixKind.Strain ? StrainSnvRate : 0, 0, seed).Mutate(new FastaSequence("genome", genome), 0, variants);
            var simulated = MatrixReads.Simulate(strain.Bases, system, coverage, seed);
            if (kind == MatrixKind.ErrorFree)
                simulated = simulated.WithoutErrors();
            reads += simulated.Raw.Length;
            var listed = kind == MatrixKind.Strain ? new ListedVariants(variants) : null;
            foreach (var set in sets)
            {
                var watch = Stopwatch.StartNew();
                var (corrected, modelReads) = Correct(set, simulated, genome);
                var seconds = watch.Elapsed.TotalSeconds;
                var (evaluation, earlierReads, earlierSeconds) = totals[set];
                totals[set] = (
                    evaluation + CorrectionEvaluation.AgainstTruth(simulated.Raw, corrected, simulated.Truth, listed, threads, default),
                    earlierReads + modelReads, earlierSeconds + seconds);
            }
        }
        foreach (var set in sets)
        {
            var (evaluation, modelReads, seconds) = totals[set];
            var result = MatrixResult.Of(set, genome.Length, dataSets, evaluation, modelReads, seconds);
            result.Append(results);
            done.Add(set);
            Console.WriteLine($"{set.Kind}, {set.Genome}, {set.System}, {set.Coverage}x, {set.Corrector}{(set.Threshold is { } t ? $" {t}" : "")}: gain {result.Gain:F4}, "
                + $"{result.FalsePositives} of {result.Bases:N0} bases made wrong{(result.Variants is { } v ? $", {v.KeptShare:P2} of variants kept" : "")}, {seconds:F1} s");
        }
    }

    private (List<Read> Corrected, long ModelReads) Correct(MatrixSet set, MatrixReads reads, byte[] reference)
    {
        if (set.Corrector == MatrixReport.Alignment)
            return ([.. reads.Raw.Zip(reads.Truth, (raw, truth) => Overwrite(raw, ReadPlace.OfName(truth.Name)!, reference, (int)set.Threshold!))], 0);
        var corrected = new List<Read>(reads.Raw.Length);
        void Take(CorrectedRead read) => corrected.Add(read.Read with { Bases = read.Bases });
        var spectrum = KmerSpectrum.CountByDepth(reads.Raw, KmerSpectrum.DefaultK, paired: false, threads);
        if (set.Corrector == MatrixReport.Spectrum)
            return (corrected, spectrum.Correct(reads.Raw, Take, KmerSpectrum.DefaultMargin, indels: false, threads).ModelReads);
        var model = ModelOf(set.Threshold);
        return (corrected, model.Correct(reads.Raw, Take, threads, default, spectrum, model.EstimateDivergence(spectrum, default)).ModelReads);
    }

    private CorrectionModel ModelOf(double? threshold)
    {
        var key = threshold ?? double.NaN;
        if (!models.TryGetValue(key, out var model))
            models.Add(key, model = CorrectionModel.Load(modelFolder, device: null, threshold));
        return model;
    }

    /// <summary>What alignment does that finds every place: each base of low quality is overwritten by the reference's.</summary>
    private static Read Overwrite(Read raw, ReadPlace place, byte[] reference, int leastQuality)
    {
        var there = reference[place.Start..(place.Start + raw.Bases.Length)];
        if (place.Reverse)
            Nucleotides.ReverseComplement(reference.AsSpan(place.Start, raw.Bases.Length), there);
        return raw with { Bases = [.. raw.Bases.Select((letter, i) => raw.Quality[i] - '!' < leastQuality ? there[i] : letter)] };
    }
}
