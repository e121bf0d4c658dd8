using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Metrics;
using DnaBart.Sequences;
using DnaBart.Simulation;

namespace DnaBart.Core.Tests.Correction;

public class CorrectionCalibrationTests
{
    private static readonly FastaSequence Genome = new("g", new Random(6).GetItems("ACGT"u8, 4_000));

    /// <summary>A model that knows a genome, and is sure of it: it would have every read as the genome has it.</summary>
    private sealed class KnowingProposer(double logOdds) : IReadProposer
    {
        public long Passes { get; private set; }

        public List<Proposal>[] Propose(IReadOnlyList<Read> reads, CancellationToken cancellation) => [.. reads.Select(Propose)];

        private List<Proposal> Propose(Read read)
        {
            Passes++;
            var place = ReadPlace.OfName(read.Name)!;
            var own = Genome.Bases.AsSpan(place.Start, read.Bases.Length).ToArray();
            if (place.Reverse)
                Nucleotides.ReverseComplement(Genome.Bases.AsSpan(place.Start, read.Bases.Length), own);
            // What is read backwards agrees with the genome by chance only: of that it knows nothing.
            var differing = Enumerable.Range(0, own.Length).Where(i => own[i] != read.Bases[i]).ToArray();
            return differing.Length > own.Length / 4 ? [] : [.. differing.Select(i => new Proposal([new ProposedBase(i, Nucleotides.Code(own[i]))], logOdds))];
        }
    }

    [Fact]
    public void The_model_is_asked_once_and_its_odds_are_given_their_weight()
    {
        var asked = new List<KnowingProposer>();
        // It is right, and says so too quietly to outweigh good qualities.
        var calibration = new CorrectionCalibration(
            () =>
            {
                var proposer = new KnowingProposer(logOdds: 3);
                lock (asked)
                    asked.Add(proposer);
                return proposer;
            },
            new KnownMistakes(), workers: 2, chunkReads: 64);
        var timid = new CorrectionSettings(150, Threshold: 3, QualityWeight: 1, ModelOffset: 0);

        var rows = calibration.Run([timid, timid with { ModelOffset = 6 }, timid with { Threshold = 1000 }], [Genome], readsOfKind: 20, seed: 5, _ => { }, default);

        var reads = rows[0].Cells.Sum(cell => cell.Evaluation.Metrics.Reads);
        Assert.Equal(12, rows[0].Cells.Count);
        Assert.InRange(asked.Sum(proposer => proposer.Passes), reads / 4, reads);
        Assert.All(rows, row => Assert.Equal(reads, row.Cells.Sum(cell => cell.Evaluation.Metrics.Reads)));
        Assert.True(rows[1].MeanGain > rows[0].MeanGain + 0.1, $"{rows[1].MeanGain} after {rows[0].MeanGain}");
        Assert.True(rows[0].MeanGain > rows[2].MeanGain, $"{rows[0].MeanGain} after {rows[2].MeanGain}");
        Assert.InRange(rows[1].Cells.Single(cell => cell is { Origin: CalibrationOrigin.Known, Profile: "hiseq", Coverage: 1 }).Evaluation.Metrics.Gain, 0.9, 1);
        Assert.InRange(rows[1].KeptShare, 0.8, 1);
    }

    [Fact]
    public void Settings_that_make_a_set_worse_or_many_bases_wrong_are_not_chosen_and_of_equals_the_cautious_are()
    {
        var (best, worse, wrong, daring, cautious) = (
            Row(1, knownGain: (99, 0), foreign: (10, 0)),
            Row(2, knownGain: (100, 0), foreign: (0, 1)),
            Row(3, knownGain: (100, 0), foreign: (30, 12)),
            Row(4, knownGain: (95, 0), foreign: (10, 1)),
            Row(5, knownGain: (95, 0), foreign: (10, 0)));

        Assert.Same(best, CorrectionCalibration.Choose([worse, wrong, best, cautious]));
        Assert.Same(cautious, CorrectionCalibration.Choose([daring, worse, wrong, cautious]));
        Assert.Null(CorrectionCalibration.Choose([worse, wrong]));
    }

    /// <summary>Settings, told apart by their offset, with so many errors of 100 put right and bases of a million made wrong.</summary>
    private static CalibrationRow Row(double offset, (int Right, int Wrong) knownGain, (int Right, int Wrong) foreign)
    {
        CalibrationCell Cell(CalibrationOrigin origin, (int Right, int Wrong) counts) => new(origin, "hiseq", 1, CorrectionEvaluation.Nothing with
        {
            Metrics = new CorrectionMetrics(1000, 1_000_000, counts.Right, counts.Wrong, 100 - counts.Right, 900, 950),
        });
        return new CalibrationRow(
            new CorrectionSettings(150, 0, 1, offset), [Cell(CalibrationOrigin.Known, knownGain), Cell(CalibrationOrigin.Foreign, foreign)]);
    }

    [Fact]
    public void Of_a_large_genome_reads_are_drawn_where_there_are_any()
    {
        // Most of it is unknown, and most sequences are shorter than a read.
        FastaSequence[] genome =
        [
            Genome with { Bases = [.. Enumerable.Repeat((byte)'N', 1_000_000), .. Genome.Bases] },
            .. Enumerable.Range(0, 2000).Select(i => new FastaSequence($"c{i}", Genome.Bases[i..(i + 200)])),
        ];

        for (var seed = 0UL; seed < 5; seed++)
            Assert.InRange(new CalibrationSet(genome, CalibrationOrigin.Known, SequencingProfile.MiSeq, 1, seed).Reads, 15, 17);
        Assert.Contains("250 bases A, C, G, T in a row",
            Assert.Throws<InputException>(() => new CalibrationSet(genome[1..], CalibrationOrigin.Known, SequencingProfile.MiSeq, 1, 1)).Message);
    }
}
